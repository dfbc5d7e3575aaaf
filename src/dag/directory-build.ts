import { codec } from "#model";

import type { BlockMaker, Made } from "./block-maker.ts";
import { encodeDagPb, linkSize, type PbLink } from "./dag-pb-encode.ts";
import type { Directory } from "./directory.ts";
import { buildHamt } from "./hamt-build.ts";
import type { ImportOptions, UnixFsMetadata } from "./ports.ts";
import { encodeDirectoryData } from "./unixfs-encode.ts";

/** A directory whose blocks are made. */
export interface BuiltDirectory extends Made {
  /** The directories within, in the order of its links. */
  readonly children: readonly (readonly [name: string, child: BuiltDirectory])[];
}

export interface DirectoryLimits {
  readonly linksMax: number;
  readonly fanout: number;
  readonly thresholdBytes: number;
  readonly estimation: ImportOptions["hamtEstimation"];
}

/** Makes the blocks of a directory and of all below, children first. */
export async function buildDirectory(
  directory: Directory,
  maker: BlockMaker,
  limits: { readonly own: DirectoryLimits; readonly below: DirectoryLimits },
): Promise<BuiltDirectory> {
  const links = directory.fileLinks();
  const built = new Map<string, BuiltDirectory>();
  for (const [name, child] of directory.children) {
    const made = await buildDirectory(child, maker, { own: limits.below, below: limits.below });
    built.set(name, made);
    links.push({ name, cid: made.cid.bytes, tsize: made.tsize });
  }
  const { metadata } = directory;
  const { made, names } = isHamt(links, metadata, limits.own)
    ? await buildHamt(links, maker, { fanout: limits.own.fanout, metadata })
    : await buildFlat(links, maker, metadata);
  const children: (readonly [string, BuiltDirectory])[] = [];
  if (built.size > 0) {
    for (const name of names) {
      const child = built.get(name);
      if (child !== undefined) children.push([name, child]);
    }
  }
  return { cid: made.cid, tsize: made.tsize, children };
}

/** Orders names by their UTF-8 bytes. */
function compareNames(a: string, b: string): number {
  if (isBelowSurrogates(a) && isBelowSurrogates(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether the order of UTF-16 units is that of UTF-8 bytes. */
function isBelowSurrogates(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (name.charCodeAt(index) >= 0xd800) return false;
  }
  return true;
}

async function buildFlat(
  links: PbLink[],
  maker: BlockMaker,
  metadata: UnixFsMetadata,
): Promise<{ readonly made: Made; readonly names: readonly string[] }> {
  links.sort((a, b) => compareNames(a.name, b.name));
  const bytes = encodeDagPb(links, encodeDirectoryData(metadata));
  const cid = maker.cidOf(codec.dagPb, bytes);
  const room = maker.put(cid, bytes);
  if (room !== undefined) await room;
  const tsize = links.reduce((sum, link) => sum + link.tsize, bytes.length);
  return { made: { cid, tsize }, names: links.map((link) => link.name) };
}

/** Whether a directory is too large for one block (spec section 6.5); at the limits it is not. */
function isHamt(
  links: readonly PbLink[],
  metadata: UnixFsMetadata,
  limits: DirectoryLimits,
): boolean {
  if (limits.thresholdBytes === 0) return false;
  if (limits.linksMax > 0 && links.length > limits.linksMax) return true;
  if (limits.estimation === "disabled") return false;
  const estimate =
    limits.estimation === "block"
      ? 2 + encodeDirectoryData(metadata).length + sumOf(links, linkSize)
      : sumOf(links, (link) => Buffer.byteLength(link.name) + link.cid.length);
  return estimate > limits.thresholdBytes;
}

function sumOf(links: readonly PbLink[], sizeOf: (link: PbLink) => number): number {
  return links.reduce((sum, link) => sum + sizeOf(link), 0);
}
