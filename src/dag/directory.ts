import type { Made } from "./block-maker.ts";
import type { PbLink } from "./dag-pb-encode.ts";
import { DuplicateEntryError, ParentIsFileError } from "./errors.ts";
import type { UnixFsMetadata } from "./ports.ts";

/**
 * A directory of an import before it is built. Files are kept as a name, the bytes of a CID and a size, the CIDs in one
 * buffer: with millions of entries this is what counts.
 */
export class Directory {
  readonly metadata: UnixFsMetadata;
  readonly #children = new Map<string, Directory>();
  readonly #files = new Map<string, number>();
  readonly #tsizes: number[] = [];
  readonly #cidEnds: number[] = [];
  #cids = new Uint8Array(256);

  constructor(metadata: UnixFsMetadata) {
    this.metadata = metadata;
  }

  get children(): ReadonlyMap<string, Directory> {
    return this.#children;
  }

  /** @throws {DuplicateEntryError} */
  addFile(name: string, made: Made): void {
    if (this.#files.has(name) || this.#children.has(name)) throw new DuplicateEntryError(name);
    const cid = made.cid.bytes;
    const start = this.#cidEnds.at(-1) ?? 0;
    const end = start + cid.length;
    if (end > this.#cids.length) {
      const larger = new Uint8Array(Math.max(end, this.#cids.length * 2));
      larger.set(this.#cids);
      this.#cids = larger;
    }
    this.#cids.set(cid, start);
    this.#files.set(name, this.#cidEnds.length);
    this.#cidEnds.push(end);
    this.#tsizes.push(made.tsize);
  }

  /** The child of that name, made when it is missing. @throws {ParentIsFileError} */
  openChild(name: string, metadata: UnixFsMetadata): Directory {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    if (this.#files.has(name)) throw new ParentIsFileError(name);
    const child = new Directory(metadata);
    this.#children.set(name, child);
    return child;
  }

  /** Links to the files, in the order they were added; children have none yet. */
  fileLinks(): PbLink[] {
    const links: PbLink[] = [];
    for (const [name, index] of this.#files) {
      const cid = this.#cids.subarray(this.#cidEnds[index - 1] ?? 0, this.#cidEnds[index]);
      links.push({ name, cid, tsize: this.#tsizes[index] ?? 0 });
    }
    return links;
  }
}
