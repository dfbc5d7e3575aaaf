/** An unsigned varint (LEB128), as in protobuf and multiformats, for whole numbers up to 2^53. */
export function varintBytes(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** How many bytes `writeVarint` writes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes a varint at `at` and answers where it ends. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  while (rest > 0x7fffffff) {
    out[end++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    out[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[end++] = rest;
  return end;
}
