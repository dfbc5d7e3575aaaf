import type { Flag } from "./command.ts";

/** Flags of every command; they may stand before it too. */
export const globalFlags: readonly Flag[] = [
  {
    name: "data",
    value: "DIR",
    summary: "the data folder (default: $PINFOLD_PATH, else ~/.pinfold)",
  },
  { name: "config", short: "c", value: "DIR", summary: "the same, as IPFS Cluster calls it" },
  { name: "host", value: "ADDRESS", summary: "the peer's REST API: multiaddr or URL" },
  { name: "api", value: "ADDRESS", summary: "the peer's Kubo RPC: multiaddr or URL" },
  {
    name: "enc",
    aliases: ["encoding"],
    value: "ENCODING",
    choices: ["text", "json"],
    summary: "text, or json: what the API answered",
  },
  {
    name: "basic-auth",
    value: "USER:PASSWORD",
    summary: "credentials for the REST API, by HTTPS (default: $CLUSTER_CREDENTIALS)",
  },
  { name: "token", value: "TOKEN", summary: "the same with a token (default: $PINFOLD_TOKEN)" },
  { name: "https", summary: "speak HTTPS to --host" },
  { name: "force-http", summary: "speak HTTP to --host, with credentials too" },
  { name: "no-check-certificate", summary: "take any certificate of the REST API" },
  { name: "help", short: "h", summary: "show help" },
];

const replicationMin: Flag = {
  name: "replication-min",
  aliases: ["rmin"],
  value: "N",
  isNumber: true,
  summary: "peers that must hold it; -1: all",
};
const replicationMax: Flag = {
  name: "replication-max",
  aliases: ["rmax"],
  value: "N",
  isNumber: true,
  summary: "peers that should hold it; -1: all",
};

/** What a pin may be given, by `add` and by `pin add`. */
export const pinFlags: readonly Flag[] = [
  replicationMin,
  replicationMax,
  { name: "name", short: "n", value: "TEXT", summary: "a name for the pin" },
  { name: "expire-in", value: "TIME", isDuration: true, summary: "unpin it after so long" },
  {
    name: "metadata",
    value: "KEY=VALUE",
    isRepeated: true,
    summary: "a note on the pin; may be repeated",
  },
  {
    name: "allocations",
    aliases: ["allocs"],
    value: "IDS",
    summary: "peers that shall hold it, separated by commas",
  },
];

/** Waiting for an end of a pin or unpin. */
export const waitFlags: readonly Flag[] = [
  { name: "wait", short: "w", summary: "wait until it is done everywhere" },
  {
    name: "wait-limit",
    aliases: ["wl"],
    value: "N",
    isNumber: true,
    summary: "done is when so many peers are",
  },
  {
    name: "wait-timeout",
    aliases: ["wt"],
    value: "TIME",
    isDuration: true,
    summary: "give up after so long",
  },
  { name: "no-status", aliases: ["ns"], summary: "print the pin instead of its status" },
];
