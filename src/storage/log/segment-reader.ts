import { CID } from "#model";

import { type DiskFile, readFully } from "../disk.ts";
import type { Place } from "./place.ts";
import { readVarint } from "./section.ts";

/** One block of a segment. */
export interface Section {
  /** Offset of the section in the segment. */
  readonly start: number;
  /** The CID as it was put. */
  readonly cid: Uint8Array;
  readonly multihash: Uint8Array;
  readonly place: Place;
  /** Empty when the reader skips data. */
  readonly bytes: Uint8Array;
}

const windowBytes = { data: 2 * 1024 * 1024, heads: 16 * 1024 } as const;
/** Enough for the length and for what a CID begins with. */
const headSizeMax = 64;

/** Reads a segment's sections in order, in large pieces. */
export class SegmentReader {
  readonly #file: DiskFile;
  readonly #range: { readonly segment: number; readonly to: number };
  readonly #isSkippingData: boolean;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #offset: number;
  #problem: string | undefined;

  constructor(
    file: DiskFile,
    range: { readonly segment: number; readonly from: number; readonly to: number },
    options: { readonly isSkippingData?: boolean } = {},
  ) {
    this.#file = file;
    this.#range = range;
    this.#offset = range.from;
    this.#isSkippingData = options.isSkippingData ?? false;
  }

  /** Where the sections read so far end. */
  get offset(): number {
    return this.#offset;
  }

  /** Why reading ended before the end of the range. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Undefined at the end of the range, and before something that is no complete section. */
  async next(): Promise<Section | undefined> {
    const start = this.#offset;
    if (start >= this.#range.to) return undefined;
    const head = await this.#bytes(start, Math.min(headSizeMax, this.#range.to - start));
    const length = readVarint(head, 0);
    if (length === undefined || length.value === 0) return this.#stop("a length is not readable");
    const cidStart = start + length.end;
    const end = cidStart + length.value;
    if (end > this.#range.to) return this.#stop("a section is incomplete");
    const shape = inspectCid(head.subarray(length.end));
    if (shape === undefined || shape.size > length.value)
      return this.#stop("a CID is not readable");
    const offset = cidStart + shape.size;
    const all = this.#isSkippingData
      ? await this.#bytes(cidStart, shape.size)
      : await this.#bytes(cidStart, length.value);
    if (all.length < shape.size) return this.#stop("the file is shorter than it was");
    const cid = all.subarray(0, shape.size);
    this.#offset = end;
    return {
      start,
      cid,
      multihash: cid.subarray(shape.size - shape.multihashSize),
      place: { segment: this.#range.segment, offset, length: end - offset, cidLength: shape.size },
      bytes: all.subarray(shape.size),
    };
  }

  #stop(problem: string): undefined {
    this.#problem = `${problem} at ${this.#offset}`;
    return undefined;
  }

  /** A view; fewer bytes than asked when the file ends. Windows are never reused, so views stay what they are. */
  async #bytes(offset: number, length: number): Promise<Uint8Array> {
    const from = offset - this.#windowStart;
    if (from >= 0 && from + length <= this.#window.length) {
      return this.#window.subarray(from, from + length);
    }
    const wanted = this.#isSkippingData ? windowBytes.heads : windowBytes.data;
    const size = Math.max(length, Math.min(wanted, this.#range.to - offset));
    const window = new Uint8Array(size);
    this.#window = window.subarray(0, await readFully(this.#file, window, offset));
    this.#windowStart = offset;
    return this.#window.subarray(0, length);
  }
}

function inspectCid(
  bytes: Uint8Array,
): { readonly size: number; readonly multihashSize: number } | undefined {
  try {
    return CID.inspectBytes(bytes);
  } catch {
    return undefined;
  }
}
