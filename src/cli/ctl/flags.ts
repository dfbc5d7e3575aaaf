import type { Flag } from "../urfave/index.ts";

export const defaultHost = "/ip4/127.0.0.1/tcp/9094";

export const globalFlags: readonly Flag[] = [
  {
    names: ["host", "l"],
    kind: "string",
    value: defaultHost,
    usage: "API endpoint multiaddresses (comma-separated)",
  },
  {
    names: ["secret"],
    kind: "string",
    usage: "cluster secret (32 byte pnet-key) as needed. Only when using the LibP2P endpoint",
  },
  { names: ["https", "s"], kind: "bool", usage: "use https to connect to the API" },
  {
    names: ["no-check-certificate"],
    kind: "bool",
    usage: "do not verify server TLS certificate. only valid with --https flag",
  },
  {
    names: ["encoding", "enc"],
    kind: "string",
    value: "text",
    usage: "output format encoding [text, json]",
  },
  {
    names: ["timeout", "t"],
    kind: "int",
    usage: "number of seconds to wait before timing out a request",
  },
  { names: ["debug", "d"], kind: "bool", usage: "set debug log level" },
  {
    names: ["basic-auth"],
    kind: "string",
    usage: `<username>[:<password>] specify BasicAuth credentials for server that
requires authorization. implies --https, which you can disable with --force-http`,
    environment: ["CLUSTER_CREDENTIALS"],
  },
  {
    names: ["force-http", "f"],
    kind: "bool",
    usage: "force HTTP. only valid when using BasicAuth",
  },
];

export const local: Flag = {
  names: ["local"],
  kind: "bool",
  usage: "run operation only on the contacted peer",
};

const waitUsage = "Wait for the pin to reach the minimum replication factor before returning";

export const waitTimeout: Flag = {
  names: ["wait-timeout", "wt"],
  kind: "duration",
  usage: "How long to --wait (in seconds). Default: forever",
};

/** Of `add`, where -w is another flag. */
export const longWait: Flag = { names: ["wait"], kind: "bool", usage: waitUsage };

const waitLimit: Flag = {
  names: ["wait-limit", "wl"],
  kind: "int",
  usage: "How many peers should reach the desired status to finish waiting",
};

/** What commands that change a pin do after it. */
export function afterwards(what: string): readonly Flag[] {
  return [
    {
      names: ["no-status", "ns"],
      kind: "bool",
      usage: `Prevents fetching pin status after ${what} (faster, quieter)`,
    },
    { names: ["wait", "w"], kind: "bool", usage: waitUsage },
    waitLimit,
    waitTimeout,
  ];
}

export const allocations: Flag = {
  names: ["allocations", "allocs"],
  kind: "string",
  usage: "Optional comma-separated list of peer IDs",
};

export const metadata: Flag = {
  names: ["metadata"],
  kind: "strings",
  usage: "Pin metadata: key=value. Can be added multiple times",
};
