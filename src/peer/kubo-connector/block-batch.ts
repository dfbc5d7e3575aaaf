import { hashNameOf } from "#dag";
import { type Block, type CID, codec } from "#model";

/** Codecs under the names of the multicodec table; Kubo takes no numbers. */
const codecNames: ReadonlyMap<number, string> = new Map([
  [codec.raw, "raw"],
  [codec.dagPb, "dag-pb"],
  [codec.dagCbor, "dag-cbor"],
  [codec.dagJson, "dag-json"],
  [codec.json, "json"],
  [codec.cbor, "cbor"],
  [codec.libp2pKey, "libp2p-key"],
  [0x78, "git-raw"],
  [0x85, "dag-jose"],
]);

/**
 * What `block/put` must be told to make the CIDs of such blocks, as its query. A codec whose name is not known goes as
 * `raw`: nodes keep blocks by their hash alone. Undefined for a hash that has no name.
 */
export function blockPutQuery({ code, multihash }: CID): string | undefined {
  const { code: hashCode, size } = multihash;
  const hash = hashNameOf(hashCode);
  if (hash === undefined) return undefined;
  const codecName = codecNames.get(code) ?? "raw";
  return `block/put?allow-big-block=true&cid-codec=${codecName}&mhlen=${size}&mhtype=${hash}&pin=false`;
}

/** Blocks as the parts of a form; their bytes are not copied. The boundary must stand in none of them. */
export function formOf(
  blocks: readonly Block[],
  boundary: string,
): { readonly contentType: string; readonly pieces: readonly Uint8Array[] } {
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="block"\r\n` +
    "Content-Type: application/octet-stream\r\n\r\n";
  const [first, further] = [Buffer.from(head), Buffer.from(`\r\n${head}`)];
  const parts = blocks.flatMap(({ bytes }, index) => [index === 0 ? first : further, bytes]);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    pieces: [...parts, Buffer.from(`\r\n--${boundary}--\r\n`)],
  };
}
