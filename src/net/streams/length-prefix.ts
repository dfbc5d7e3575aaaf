/** A message's length as a varint. */
export function lengthPrefix(sizeBytes: number): Uint8Array {
  const bytes: number[] = [];
  let rest = sizeBytes;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
