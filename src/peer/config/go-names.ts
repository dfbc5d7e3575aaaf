// How Go's envconfig, which IPFS Cluster reads its variables with, speaks of a value that it cannot convert.

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
  return `strconv.${goParsers[type] ?? "Parse"}: parsing ${JSON.stringify(value)}: invalid syntax`;
}

/** A whole number as Go's strconv reads it with base 0: `12`, `-3`, `0x1f`, `0o17`, `017`, `1_000`. */
export function parseGoInteger(text: string): number | undefined {
  const match = /^([+-]?)(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][\d_]*)$/.exec(text);
  const digits = match?.[2]?.replaceAll("_", "");
  if (match === null || digits === undefined || text.endsWith("_")) return undefined;
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = Number(octal);
  if (Number.isNaN(value)) return undefined;
  return match[1] === "-" ? 0 - value : value;
}
