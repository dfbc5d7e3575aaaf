import { join } from "node:path";

import { type Disk, readFullySync, writeFully } from "../disk.ts";
import { readNumber, writeNumber } from "./place.ts";
import { marksName } from "./segment-names.ts";

const markSize = 8;

/**
 * The sidecars that say which sections of a segment count no longer (deleted, or stored again later): one record a
 * section, its offset u48 and a check u16. The log and its sidecars together are the truth about what is stored; the
 * index can be made from them. At most one section of a block is unmarked in what the index covers.
 */
export class Marks {
  readonly #disk: Disk;
  readonly #folder: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** Adds section offsets behind `sizeBytes` bytes of marks, durable when it resolves. Answers the new size. */
  async append(segment: number, offsets: readonly number[], sizeBytes: number): Promise<number> {
    const records = new Uint8Array(offsets.length * markSize);
    for (const [index, offset] of offsets.entries()) writeMark(records, index * markSize, offset);
    const file = this.#disk.open(join(this.#folder, marksName(segment)), "write");
    try {
      if (file.sizeBytes() > sizeBytes) await file.truncate(sizeBytes);
      await writeFully(file, [records], sizeBytes);
      await file.sync();
    } finally {
      file.close();
    }
    if (sizeBytes === 0) await this.#disk.syncFolder(this.#folder);
    return sizeBytes + records.length;
  }

  /** Takes back marks behind `sizeBytes`. */
  async cut(segment: number, sizeBytes: number): Promise<void> {
    if (!this.#disk.list(this.#folder).includes(marksName(segment))) return;
    const file = this.#disk.open(join(this.#folder, marksName(segment)), "write");
    try {
      if (file.sizeBytes() > sizeBytes) await file.truncate(sizeBytes);
    } finally {
      file.close();
    }
  }

  /** The section offsets marked from byte `from` of the sidecar on. What is torn ends it. */
  load(segment: number, from: number): readonly number[] {
    if (!this.#disk.list(this.#folder).includes(marksName(segment))) return [];
    const file = this.#disk.open(join(this.#folder, marksName(segment)), "read");
    try {
      const bytes = new Uint8Array(Math.max(0, file.sizeBytes() - from));
      const end = readFullySync(file, bytes, from);
      return readMarks(bytes.subarray(0, end));
    } finally {
      file.close();
    }
  }

  static sizeOf(count: number): number {
    return count * markSize;
  }
}

function writeMark(into: Uint8Array, at: number, offset: number): void {
  writeNumber(into, offset, { at, size: 6 });
  writeNumber(into, checkOf(offset), { at: at + 6, size: 2 });
}

function readMarks(bytes: Uint8Array): readonly number[] {
  const offsets: number[] = [];
  for (let at = 0; at + markSize <= bytes.length; at += markSize) {
    const offset = readNumber(bytes, at, 6);
    if (readNumber(bytes, at + 6, 2) !== checkOf(offset)) break;
    offsets.push(offset);
  }
  return offsets;
}

/** Tells a record from zeros and from half of one. */
function checkOf(offset: number): number {
  return ((offset % 65_521) * 31 + Math.floor(offset / 65_521) + 0x5eed) % 65_536;
}
