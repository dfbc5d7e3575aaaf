// How Go's envconfig, which IPFS Cluster reads its variables with, speaks of a value that it cannot convert.

import { goQuote } from "#lib";

const initialisms: Readonly<Record<string, string>> = {
  cors: "CORS",
  gc: "GC",
  gp: "GP",
  http: "HTTP",
  https: "HTTPS",
  id: "ID",
  ipfs: "IPFS",
  mdns: "MDNS",
  pubsub: "PubSub",
  repogc: "RepoGC",
  ssl: "SSL",
  ttl: "TTL",
  wal: "WAL",
  zstd: "ZSTD",
};

/** The Go field of a key: `replication_factor_min` → `ReplicationFactorMin`. */
function goFieldName(key: string): string {
  const words = key.split("_");
  return words
    .map((word) => initialisms[word] ?? `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");
}

/** What envconfig says of a variable. */
export function envconfigProblem(
  variable: string,
  key: string,
  about: { readonly value: string; readonly type: string; readonly details: string },
): string {
  const { value, type, details } = about;
  const assigning = `assigning ${variable} to ${goFieldName(key)}`;
  return `envconfig.Process: ${assigning}: converting '${value}' to type ${type}. details: ${details}`;
}

const goParsers: Readonly<Record<string, string>> = {
  int: "ParseInt",
  uint64: "ParseUint",
  float64: "ParseFloat",
  bool: "ParseBool",
};

/** What strconv says of a text that is no such number or flag. */
export function strconvProblem(type: string, value: string): string {
  return `strconv.${goParsers[type] ?? "Parse"}: parsing ${goQuote(value)}: invalid syntax`;
}
