import { accountCommands } from "./account-commands.ts";
import { clusterCommands } from "./cluster-commands.ts";
import type { Command, Flag } from "./command.ts";
import { configCommands } from "./config-commands.ts";
import { pinFlags, waitFlags } from "./flags.ts";
import { namingCommands } from "./name-commands.ts";
import { networkCommands } from "./network-commands.ts";
import { stateCommands } from "./state-commands.ts";

const quieter: Flag = { name: "quieter", short: "Q", summary: "print the last CID alone" };

const addFlags: readonly Flag[] = [
  { name: "recursive", short: "r", summary: "add folders with everything in them" },
  { name: "quiet", short: "q", summary: "print CIDs alone" },
  quieter,
  {
    name: "wrap-with-directory",
    short: "w",
    summary: "put it into a directory (always with several paths)",
  },
  { name: "hidden", short: "H", summary: "take hidden files too" },
  { name: "progress", short: "p", summary: "show progress (default: on a terminal)" },
  { name: "stdin-name", value: "NAME", summary: "name for what comes from stdin" },
  {
    name: "chunker",
    short: "s",
    value: "CHUNKER",
    summary: "size-N, rabin-MIN-AVG-MAX or buzhash (default: size-262144)",
  },
  {
    name: "cid-version",
    value: "N",
    isNumber: true,
    summary: "0 or 1 (default: 0, but 1 with another hash)",
  },
  { name: "raw-leaves", summary: "leaves without a UnixFS envelope (default: with CID version 1)" },
  { name: "hash", value: "NAME", summary: "hash function (default: sha2-256)" },
  { name: "layout", value: "LAYOUT", summary: "balanced or trickle" },
  { name: "trickle", short: "t", summary: "the same as --layout trickle" },
  {
    name: "format",
    value: "FORMAT",
    choices: ["unixfs", "car"],
    summary: "unixfs, or car: import a CAR file",
  },
  { name: "local", summary: "put the blocks on the peer that is asked" },
  { name: "no-pin", summary: "do not pin" },
  { name: "no-stream", summary: "print everything at the end" },
  { name: "wait", summary: "wait until it is pinned everywhere" },
  {
    name: "wait-timeout",
    aliases: ["wt"],
    value: "TIME",
    isDuration: true,
    summary: "give up waiting after so long",
  },
  ...pinFlags,
];

const profile: Flag = {
  name: "profile",
  value: "NAME",
  summary: "shape a new configuration: pi, server or test",
};

/** Everything that `pinfold` does, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: "init",
    summary: "create a data folder: configuration and keys",
    arguments: [],
    flags: [profile],
    load: async () => (await import("./commands/init.ts")).runInit,
  },
  {
    name: "daemon",
    summary: "run the peer until it is told to stop",
    arguments: [],
    flags: [
      { name: "init", summary: "create the data folder when it is missing" },
      profile,
      { name: "offline", summary: "without the IPFS network" },
      {
        name: "bootstrap",
        short: "j",
        value: "MULTIADDRS",
        isRepeated: true,
        summary: "peers of the cluster to connect to, separated by commas",
      },
      {
        name: "empty-state",
        summary: "begin with no pins although the folder has some of the Go program",
      },
      {
        name: "loglevel",
        short: "l",
        value: "LEVELS",
        summary: "debug, info, warn or error, and of parts: info,cluster:debug ($GOLOG_LOG_LEVEL)",
      },
      { name: "debug", short: "d", summary: "log everything" },
    ],
    load: async () => (await import("./commands/daemon.ts")).runDaemonCommand,
  },
  {
    name: "add",
    summary: "add files and folders, and pin them; - reads stdin",
    arguments: [{ name: "PATH", isRepeated: true, isFile: true }],
    flags: addFlags,
    load: async () => (await import("./commands/add.ts")).runAdd,
  },
  {
    name: "cat",
    summary: "print files",
    arguments: [{ name: "IPFS-PATH", isRepeated: true }],
    flags: [
      { name: "offset", short: "o", value: "N", isNumber: true, summary: "begin at this byte" },
      {
        name: "length",
        short: "l",
        value: "N",
        isNumber: true,
        summary: "print so many bytes at most",
      },
    ],
    load: async () => (await import("./commands/cat.ts")).runCat,
  },
  {
    name: "get",
    summary: "save a file or folder",
    arguments: [{ name: "IPFS-PATH" }],
    flags: [
      {
        name: "output",
        short: "o",
        value: "PATH",
        summary: "where to (default: the last name of the path)",
      },
      { name: "archive", short: "a", summary: "save a tar archive" },
      { name: "progress", short: "p", summary: "show progress (default: on a terminal)" },
    ],
    load: async () => (await import("./commands/get.ts")).runGet,
  },
  {
    name: "ls",
    summary: "list a folder",
    arguments: [{ name: "IPFS-PATH", isRepeated: true }],
    flags: [
      { name: "headers", short: "v", summary: "with a head line" },
      { name: "size", summary: "with sizes (default: true)" },
    ],
    load: async () => (await import("./commands/ls.ts")).runLs,
  },
  {
    name: "pin add",
    summary: "pin a CID or path",
    arguments: [{ name: "CID-OR-PATH" }],
    flags: [
      {
        name: "replication",
        short: "r",
        value: "N",
        isNumber: true,
        summary: "peers that shall hold it: both bounds",
      },
      ...pinFlags,
      {
        name: "mode",
        value: "MODE",
        choices: ["recursive", "direct"],
        summary: "recursive, or direct: one block",
      },
      ...waitFlags,
    ],
    load: async () => (await import("./commands/pin.ts")).runPinAdd,
  },
  {
    name: "pin rm",
    summary: "unpin a CID or path",
    arguments: [{ name: "CID-OR-PATH" }],
    flags: waitFlags,
    load: async () => (await import("./commands/pin.ts")).runPinRm,
  },
  {
    name: "pin ls",
    summary: "list the pinset",
    arguments: [{ name: "CID", isOptional: true }],
    flags: [
      { name: "filter", value: "TYPES", summary: "pin, meta-pin, clusterdag-pin, shard-pin, all" },
      { name: "quiet", short: "q", summary: "print CIDs alone" },
    ],
    load: async () => (await import("./commands/pin.ts")).runPinLs,
  },
  {
    name: "status",
    summary: "how pins stand on the peers",
    arguments: [{ name: "CID", isOptional: true, isRepeated: true }],
    flags: [
      { name: "local", summary: "on the peer that is asked alone" },
      {
        name: "filter",
        value: "STATUSES",
        summary: "only these, separated by commas: pinned, pinning, error …",
      },
    ],
    load: async () => (await import("./commands/status.ts")).runStatus,
  },
  {
    name: "id",
    summary: "who the peer is, or with --ipfs or PEER: who an IPFS node is",
    arguments: [{ name: "PEER", isOptional: true }],
    flags: [
      { name: "ipfs", summary: "of the peer's IPFS node" },
      {
        name: "format",
        short: "f",
        value: "FORMAT",
        summary: "of an IPFS node: <id> <aver> <pubkey> <addrs> <protocols>",
      },
      { name: "peerid-base", value: "BASE", summary: "how an IPFS node's id is written (b58mh)" },
    ],
    load: async () => (await import("./commands/id.ts")).runId,
  },
  {
    name: "peers ls",
    summary: "the members of the cluster",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/peers.ts")).runPeersLs,
  },
  {
    name: "health",
    summary: "whether the peer answers",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/health.ts")).runHealth,
  },
  ...clusterCommands,
  ...networkCommands,
  ...namingCommands,
  ...accountCommands,
  {
    name: "repo stat",
    summary: "what the block store holds; works without a running peer",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/repo.ts")).runRepoStat,
  },
  {
    name: "repo gc",
    summary: "remove blocks that nothing keeps",
    arguments: [],
    flags: [{ name: "quiet", short: "q", summary: "print CIDs alone" }],
    load: async () => (await import("./commands/repo.ts")).runRepoGc,
  },
  {
    name: "repo verify",
    summary: "check every block against its hash; works without a running peer",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/repo.ts")).runRepoVerify,
  },
  {
    name: "repo rebuild-index",
    summary: "make the index from the blocks alone; only without a running peer",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/repo.ts")).runRepoRebuildIndex,
  },
  ...stateCommands,
  ...configCommands,
  {
    name: "version",
    summary: "versions of the program, its commit and its runtime",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/version.ts")).runVersion,
  },
  {
    name: "completion",
    summary: "print a completion script for bash, zsh or fish",
    arguments: [{ name: "SHELL" }],
    flags: [],
    load: async () => (await import("./commands/completion.ts")).runCompletion,
  },
  {
    name: "help",
    summary: "show the help of a command",
    arguments: [{ name: "COMMAND", isOptional: true, isRepeated: true }],
    flags: [],
    load: async () => (await import("./commands/help.ts")).runHelp,
  },
];
