import type { Argument, Command, Flag } from "./command.ts";

/** Loads what relays a command to the RPC. */
function relayed(command: string): Command["load"] {
  return async () => (await import("./relay.ts")).relay(command);
}

const ipnsBase: Flag = {
  name: "ipns-base",
  value: "BASE",
  summary: "how keys are written: b58mh, or a multibase (default: base36)",
};
const allowOffline: Flag = { name: "allow-offline", summary: "also without a network" };
const force: Flag = { name: "force", short: "f", summary: "over what is there" };
const long: Flag = { name: "l", short: "l", summary: "with ids" };
const keyName: Argument = { name: "NAME" };
const record: Argument = { name: "RECORD", isOptional: true, isFile: true };

const nameCommands: readonly Command[] = [
  {
    name: "name publish",
    summary: "let a name of this node lead to a path",
    arguments: [{ name: "IPFS-PATH" }],
    flags: [
      { name: "key", short: "k", value: "KEY", summary: "name or id of the key (default: self)" },
      { name: "resolve", summary: "look first whether the path is there (default: true)" },
      {
        name: "lifetime",
        short: "t",
        value: "TIME",
        isDuration: true,
        summary: "how long it is valid (default: 48h)",
      },
      {
        name: "ttl",
        value: "TIME",
        isDuration: true,
        summary: "how long others may remember it (default: 5m)",
      },
      { name: "quieter", short: "Q", summary: "print the name alone" },
      { name: "v1compat", summary: "so that old readers understand it too (default: true)" },
      allowOffline,
      { name: "sequence", value: "N", isNumber: true, summary: "must be above the one before" },
    ],
    load: relayed("name/publish"),
  },
  {
    name: "name resolve",
    summary: "show where a name leads: a key's id or a domain",
    arguments: [{ name: "NAME", isOptional: true }],
    flags: [
      { name: "recursive", short: "r", summary: "follow names of names (default: true)" },
      { name: "nocache", short: "n", summary: "ask anew" },
      {
        name: "dht-record-count",
        aliases: ["dhtrc"],
        value: "N",
        isNumber: true,
        summary: "records to choose from (default: 16)",
      },
      {
        name: "dht-timeout",
        aliases: ["dhtt"],
        value: "TIME",
        isDuration: true,
        summary: "give up after so long, 0: never (default: 1m)",
      },
      { name: "stream", short: "s", summary: "print better answers as they come" },
    ],
    load: relayed("name/resolve"),
  },
  {
    name: "name inspect",
    summary: "show what a record says: of a file, or stdin",
    arguments: [record],
    flags: [
      { name: "verify", value: "NAME", summary: "check its signature for this name" },
      { name: "dump", summary: "with its bytes (default: true)" },
    ],
    load: async () => (await import("./commands/name.ts")).runNameInspect,
  },
  {
    name: "name get",
    summary: "write the record of a name to stdout",
    arguments: [{ name: "NAME" }],
    flags: [],
    load: async () => (await import("./commands/name.ts")).runNameGet,
  },
  {
    name: "name put",
    summary: "keep and publish a record that somebody has signed: a file, or stdin",
    arguments: [{ name: "NAME" }, record],
    flags: [force, allowOffline, { name: "quiet", short: "q", summary: "print nothing" }],
    load: async () => (await import("./commands/name.ts")).runNamePut,
  },
];

const keyFormat: Flag = {
  name: "format",
  short: "f",
  value: "FORMAT",
  choices: ["libp2p-protobuf-cleartext", "pem-pkcs8-cleartext"],
  summary: "libp2p-protobuf-cleartext (the default) or pem-pkcs8-cleartext",
};

const keyCommands: readonly Command[] = [
  {
    name: "key gen",
    summary: "make a key",
    arguments: [keyName],
    flags: [
      {
        name: "type",
        short: "t",
        value: "TYPE",
        choices: ["ed25519", "rsa", "secp256k1"],
        summary: "ed25519 (the default), rsa or secp256k1",
      },
      {
        name: "size",
        short: "s",
        value: "BITS",
        isNumber: true,
        summary: "of an rsa key (default: 2048)",
      },
      ipnsBase,
    ],
    load: relayed("key/gen"),
  },
  {
    name: "key list",
    summary: "list the keys",
    arguments: [],
    flags: [long, ipnsBase],
    load: relayed("key/list"),
  },
  {
    name: "key ls",
    summary: "the same as key list",
    arguments: [],
    flags: [long, ipnsBase],
    load: relayed("key/ls"),
  },
  {
    name: "key rm",
    summary: "remove keys, for good",
    arguments: [{ name: "NAME", isRepeated: true }],
    flags: [long, ipnsBase],
    load: relayed("key/rm"),
  },
  {
    name: "key rename",
    summary: "give a key another name",
    arguments: [keyName, { name: "NEW-NAME" }],
    flags: [force, ipnsBase],
    load: relayed("key/rename"),
  },
  {
    name: "key import",
    summary: "take a key from a file: - reads stdin",
    arguments: [keyName, { name: "PATH", isFile: true }],
    flags: [keyFormat, ipnsBase],
    load: async () => (await import("./commands/key.ts")).runKeyImport,
  },
  {
    name: "key export",
    summary: "write a key to a file; works without a running peer, on the data folder alone",
    arguments: [keyName],
    flags: [
      {
        name: "output",
        short: "o",
        value: "PATH",
        summary: "where to (default: NAME.key or NAME.pem)",
      },
      keyFormat,
    ],
    load: async () => (await import("./commands/key.ts")).runKeyExport,
  },
];

/** Names of IPNS, and the keys behind them. */
export const namingCommands: readonly Command[] = [...nameCommands, ...keyCommands];
