const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** Reads a size such as `10GB`, `512MiB` or `4096` into bytes; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = units[match?.[2]?.toLowerCase() ?? "?"];
  return match === null || unit === undefined ? undefined : Math.floor(Number(match[1]) * unit);
}

/** Bytes for people: `532 B`, `1.5 kB`, `12 MB`. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (value < 1000 || unit === "TB") return `${trim(value)} ${unit}`;
    value /= 1000;
  }
  return String(sizeBytes);
}

function trim(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
