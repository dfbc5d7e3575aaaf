const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

/** Bytes as `ipfs` prints them: `17 B`, `1.6 kB`, `12 MB`. */
export function humanBytes(sizeBytes: number): string {
  const size = Math.max(0, Math.round(sizeBytes));
  if (size < 10) return `${size} B`;
  const power = Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = Math.floor((size / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[power]}`;
}

/** A count as `ipfs` prints it: `950`, `2k` with what it is exactly. */
export function humanNumber(count: number): string {
  const full = count.toLocaleString("en-US");
  if (count < 1000) return full;
  const letters = ["", "k", "M", "G", "T"];
  const power = Math.min(letters.length - 1, Math.floor(Math.log10(count) / 3));
  return `${Math.floor(count / 1000 ** power)}${letters[power]} (${full})`;
}
