import { decodeUnixFsNode, resolvePath } from "#dag";
import { LruMap } from "#lib";
import { type BlockSource, type CID, codec, type SignalOptions } from "#model";

import type { PreparedHeaders, ResponseHeaders } from "../kernel/index.ts";
import { type Target } from "./target.ts";

/** Where a target leads. What hangs off a CID never changes, so all of this stays true. */
export interface Place {
  readonly target: Target;
  /** The block at the end of the path. */
  readonly cid: CID;
  /** What of the path lies inside that block. */
  readonly remainder: readonly string[];
  /** What every answer about the place says. */
  readonly headers: ResponseHeaders;
  /** What is there, once somebody has looked. */
  content: Content | undefined;
}

export type Content = FileContent | DirectoryContent | SymlinkContent;

export interface FileContent {
  readonly type: "file";
  readonly cid: CID;
  readonly sizeBytes: number;
  /** Where in its block the whole content is; undefined when it has more blocks. */
  readonly inBlock: { readonly start: number; readonly end: number } | undefined;
  /** As an HTTP date. */
  readonly lastModified: string | undefined;
  /** The head of the plain answer: all of it, by its own name. Kept once made. */
  headers: ResponseHeaders | undefined;
  /** The same, complete. */
  prepared: PreparedHeaders | undefined;
}

export interface DirectoryContent {
  readonly type: "directory";
  /** Its index.html; `none` when there is none, undefined before anybody asked. */
  index: FileContent | "none" | undefined;
}

export interface SymlinkContent {
  readonly type: "symlink";
  readonly target: string;
  readonly lastModified: string | undefined;
}

/** A CID and what was asked about it, with its block if that had to be read. */
export interface Found<T> {
  readonly content: T;
  readonly block: Uint8Array | undefined;
}

/** Longer targets are resolved each time, so that the memory kept is bounded. */
const targetLengthMax = 1024;

/** Remembers where targets lead, for the last `placesMax` of them. */
export class Places {
  readonly #places: LruMap<string, Place>;

  constructor(placesMax: number) {
    this.#places = new LruMap(placesMax);
  }

  get(rawPath: string): Place | undefined {
    return this.#places.get(rawPath);
  }

  /** Follows the path. @throws what `resolvePath` throws */
  async resolve(
    source: BlockSource,
    wanted: { readonly rawPath: string; readonly target: Target } & SignalOptions,
  ): Promise<Place> {
    const { rawPath, target, signal } = wanted;
    const { cid, remainder, roots } = await resolvePath(source, target.path, { signal });
    const place = { target, cid, remainder, headers: headersAt(target, roots), content: undefined };
    if (rawPath.length <= targetLengthMax) this.#places.set(rawPath, place);
    return place;
  }
}

/** What every answer about a target says; `roots` are the CIDs on the way, the last one what it leads to. */
export function headersAt(target: Target, roots: readonly CID[]): ResponseHeaders {
  const texts = roots.map(versionOne);
  return {
    "X-Ipfs-Path": target.url,
    "X-Ipfs-Roots": texts.join(","),
    "Ipfs-Hash": texts.at(-1) ?? "",
    Vary: "Accept",
  };
}

/** Reads what is at a place, or remembers it. */
export async function lookAt(
  source: BlockSource,
  place: Place,
  options: SignalOptions,
): Promise<Found<Content>> {
  if (place.content !== undefined) return { content: place.content, block: undefined };
  const block = await source.get(place.cid, options);
  place.content = describe(place.cid, block);
  return { content: place.content, block };
}

/** What a UnixFS block is. @throws {NotUnixFsError | UndecodableBlockError | DamagedDagError} */
export function describe(cid: CID, block: Uint8Array): Content {
  const node = decodeUnixFsNode(cid, block);
  const lastModified = node.mtime && httpDate(node.mtime.seconds);
  if (node.type === "directory" || node.type === "shard") {
    return { type: "directory", index: undefined };
  }
  if (node.type === "symlink") {
    return { type: "symlink", target: Buffer.from(node.target).toString(), lastModified };
  }
  return {
    type: "file",
    cid,
    sizeBytes: node.sizeBytes,
    inBlock: node.childSizes.length === 0 ? placeIn(block, node.content) : undefined,
    lastModified,
    headers: undefined,
    prepared: undefined,
  };
}

/** Whether a block is read as UnixFS. */
export function isUnixFs(cid: CID): boolean {
  return cid.code === codec.raw || cid.code === codec.dagPb;
}

/** A CID as the gateway's own fields have it: never version 0. */
export function versionOne(cid: CID): string {
  return cid.toV1().toString();
}

/** Decoders hand out views, so that content is a stretch of the block. */
function placeIn(block: Uint8Array, content: Uint8Array): { start: number; end: number } {
  const start = content.length === 0 ? 0 : content.byteOffset - block.byteOffset;
  return { start, end: start + content.length };
}

/** Undefined for what no HTTP date can say. */
function httpDate(seconds: number): string | undefined {
  const yearTenThousand = 253_402_300_800;
  if (seconds <= 0 || seconds >= yearTenThousand) return undefined;
  return new Date(seconds * 1000).toUTCString();
}
