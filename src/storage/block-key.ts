/** The bytes of a multihash as text, one character a byte: what maps in memory are keyed by. */
export type BlockKey = string;

export function blockKeyOf(multihash: Uint8Array): BlockKey {
  return Buffer.from(multihash.buffer, multihash.byteOffset, multihash.length).toString("latin1");
}

export function multihashOf(key: BlockKey): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let index = 0; index < key.length; index += 1) bytes[index] = key.charCodeAt(index);
  return bytes;
}
