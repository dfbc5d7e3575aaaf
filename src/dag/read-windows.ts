import { type BlockSource, type CID, codec } from "#model";

import { linkCid } from "./dag-pb-decode.ts";
import { DamagedDagError, IsDirectoryError } from "./errors.ts";
import { decodeUnixFsNode, type UnixFsFile } from "./unixfs-node.ts";
import { getBlock, getBlocks } from "./well-known.ts";

/** Blocks asked for at once. */
const windowBlocks = 16;
/** Blocks after those, of which a source that has to fetch is told. */
const expectedBlocks = 128;
/** Announced sizes above this belong to a tree of blocks whose top is small. */
const leafBytesMax = 2 * 1024 * 1024;
/** Far beyond any real file: 174 links a node reach 2^64 bytes in eight levels. */
const depthMax = 128;

/** A part of the file that is still to be read. */
interface Part {
  readonly cid: CID;
  /** Where it begins in the file. */
  readonly start: number;
  /** As its parent announces; undefined for the root. */
  readonly size: number | undefined;
  readonly depth: number;
  readonly bytes: Uint8Array | undefined;
}

interface LoadedPart extends Part {
  readonly bytes: Uint8Array;
}

/** Walks a file from left to right and gives the content of a few leaves at a time. */
export class WindowReader {
  readonly #source: BlockSource;
  readonly #range: { readonly start: number; readonly end: number };
  readonly #windowBytes: number;
  /** Next part last. */
  readonly #open: Part[];

  constructor(options: {
    readonly source: BlockSource;
    readonly root: Pick<Part, "cid" | "bytes">;
    readonly range: { readonly start: number; readonly end: number };
    readonly windowBytes: number;
  }) {
    this.#source = options.source;
    this.#range = options.range;
    this.#windowBytes = options.windowBytes;
    this.#open = [{ ...options.root, start: 0, size: undefined, depth: 0 }];
  }

  get hasMore(): boolean {
    return this.#open.length > 0;
  }

  /** The next pieces of the range, none at its end. Not to be called again before it has resolved. */
  async next(signal: AbortSignal | undefined): Promise<readonly Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    while (pieces.length === 0 && this.#open.length > 0) {
      signal?.throwIfAborted();
      const parts = this.#take();
      this.#tellSource(signal);
      this.#unfold(await this.#load(parts, signal), pieces);
    }
    return pieces;
  }

  /** Takes what is already here, or as many parts as fit into a window. */
  #take(): Part[] {
    const taken: Part[] = [];
    let bytes = 0;
    for (let part = this.#open.at(-1); part !== undefined; part = this.#open.at(-1)) {
      const isHere = part.bytes !== undefined;
      if (taken.length > 0 && isHere !== (taken[0]?.bytes !== undefined)) break;
      if (!isHere) bytes += this.#cost(part);
      if (taken.length > 0 && (taken.length >= windowBlocks || bytes > this.#windowBytes)) break;
      taken.push(part);
      this.#open.pop();
    }
    return taken;
  }

  #tellSource(signal: AbortSignal | undefined): void {
    if (this.#source.expect === undefined || this.#open.length === 0) return;
    const next = this.#open.slice(-expectedBlocks).toReversed();
    // also parts that are here: what is below them may not be
    this.#source.expect(
      next.map((part) => part.cid),
      { signal },
    );
  }

  #cost(part: Part): number {
    const size = part.size ?? Infinity;
    return size > leafBytesMax ? this.#windowBytes / 2 : size;
  }

  async #load(parts: Part[], signal: AbortSignal | undefined): Promise<readonly LoadedPart[]> {
    const [first] = parts;
    if (first === undefined) return [];
    if (first.bytes !== undefined) return parts.filter(isLoaded);
    if (parts.length === 1) {
      return [{ ...first, bytes: await getBlock(this.#source, first.cid, { signal }) }];
    }
    const cids = parts.map((part) => part.cid);
    const blocks = await getBlocks(this.#source, cids, { signal });
    return parts.map((part, index) => ({ ...part, bytes: blocks[index] ?? noBytes }));
  }

  /** Collects content up to the first part that has children; those and the parts after it stay open. */
  #unfold(parts: readonly LoadedPart[], pieces: Uint8Array[]): void {
    for (const [index, part] of parts.entries()) {
      const file = openPart(part);
      const piece = this.#cut(file.content, part.start);
      if (piece.length > 0) pieces.push(piece);
      if (file.childSizes.length === 0) continue;
      this.#open.push(...parts.slice(index + 1).toReversed(), ...this.#children(part, file));
      return;
    }
  }

  /** The children that overlap the range, next one last. */
  #children(part: Part, file: UnixFsFile): Part[] {
    const { node, childSizes } = file;
    const children: Part[] = [];
    let start = part.start + file.content.length;
    for (const [index, size] of childSizes.entries()) {
      const link = node?.links[index];
      const isWanted = size > 0 && start < this.#range.end && start + size > this.#range.start;
      if (isWanted && node !== undefined && link !== undefined) {
        const cid = linkCid(node, link);
        children.push({ cid, start, size, depth: part.depth + 1, bytes: undefined });
      }
      start += size;
    }
    return children.toReversed();
  }

  #cut(content: Uint8Array, start: number): Uint8Array {
    const end = Math.min(content.length, this.#range.end - start);
    const skipped = Math.max(0, this.#range.start - start);
    if (skipped >= end) return noBytes;
    return skipped === 0 && end === content.length ? content : content.subarray(skipped, end);
  }
}

const noBytes = new Uint8Array();

function isLoaded(part: Part): part is LoadedPart {
  return part.bytes !== undefined;
}

/** Decodes a part and checks it against what its parent announced. */
function openPart(part: LoadedPart): UnixFsFile {
  const isRoot = part.size === undefined;
  if (!isRoot && part.cid.code !== codec.raw && part.cid.code !== codec.dagPb) {
    throw new DamagedDagError(part.cid, "a file's part has a codec that holds no file");
  }
  const node = decodeUnixFsNode(part.cid, part.bytes);
  if (node.type !== "file") return notFile(node, isRoot);
  if (!isRoot && node.sizeBytes !== part.size) {
    const reason = `${part.size} bytes are announced but it has ${node.sizeBytes}`;
    throw new DamagedDagError(part.cid, reason);
  }
  if (part.depth > depthMax) throw new DamagedDagError(part.cid, "the file is nested too deeply");
  return node;
}

function notFile(
  node: Exclude<ReturnType<typeof decodeUnixFsNode>, UnixFsFile>,
  isRoot: boolean,
): UnixFsFile {
  const { cid } = node;
  if (!isRoot) throw new DamagedDagError(cid, `a file's part is a ${node.type}`);
  if (node.type !== "symlink") throw new IsDirectoryError(cid);
  const content = node.target;
  const sizeBytes = content.length;
  return { type: "file", cid, content, sizeBytes, node: undefined, childSizes: [] };
}
