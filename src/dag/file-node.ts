import { codec } from "#model";

import type { BlockMaker } from "./block-maker.ts";
import { encodeDagPb, type PbLink } from "./dag-pb-encode.ts";
import type { FilePart } from "./leaves.ts";
import type { UnixFsMetadata } from "./ports.ts";
import { encodeFileData } from "./unixfs-encode.ts";

/** An inner node of a file that still takes children. */
export class OpenFileNode {
  readonly #links: PbLink[] = [];
  readonly #sizes: number[] = [];
  #sizeBytes = 0;
  #tsize = 0;

  get childCount(): number {
    return this.#links.length;
  }

  add(part: FilePart): void {
    this.#links.push({ name: "", cid: part.cid.bytes, tsize: part.tsize });
    this.#sizes.push(part.sizeBytes);
    this.#sizeBytes += part.sizeBytes;
    this.#tsize += part.tsize;
  }

  /** Makes the block and hands it on. */
  async close(maker: BlockMaker, metadata: UnixFsMetadata = {}): Promise<FilePart> {
    const data = encodeFileData(this.#sizes, this.#sizeBytes, metadata);
    const bytes = encodeDagPb(this.#links, data);
    const cid = maker.cidOf(codec.dagPb, bytes);
    const room = maker.put(cid, bytes);
    if (room !== undefined) await room;
    return { cid, tsize: bytes.length + this.#tsize, sizeBytes: this.#sizeBytes };
  }
}
