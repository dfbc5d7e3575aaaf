import { join } from "node:path";

import type { Disk, DiskFile } from "../disk.ts";
import { marksName, parseSegmentName, segmentName } from "./segment-names.ts";

/** A file that stays open until `release` is called. */
export interface HeldFile {
  readonly file: DiskFile;
  readonly release: () => void;
}

interface OpenSegment {
  readonly file: DiskFile;
  /** While there are users the file stays open, even when it was removed meanwhile. */
  users: number;
  isRemoved: boolean;
}

/** The files of the segments: which there are, how long they are, and a bounded number of open handles. */
export class SegmentFiles {
  readonly folder: string;
  readonly #disk: Disk;
  readonly #openMax: number;
  readonly #sizes = new Map<number, number>();
  /** The least recently used first. */
  readonly #open = new Map<number, OpenSegment>();

  constructor(disk: Disk, folder: string, openMax: number) {
    this.#disk = disk;
    this.folder = folder;
    this.#openMax = openMax;
    for (const name of disk.list(folder)) {
      const parsed = parseSegmentName(name);
      if (parsed === undefined || parsed.isMarks) continue;
      const file = disk.open(join(folder, name), "read");
      this.#sizes.set(parsed.segment, file.sizeBytes());
      file.close();
    }
  }

  /** Ascending. */
  numbers(): readonly number[] {
    return [...this.#sizes.keys()].toSorted((a, b) => a - b);
  }

  has(segment: number): boolean {
    return this.#sizes.has(segment);
  }

  sizeBytes(segment: number): number {
    return this.#sizes.get(segment) ?? 0;
  }

  /** What the log writer knows before the file system does. */
  setSize(segment: number, sizeBytes: number): void {
    this.#sizes.set(segment, sizeBytes);
  }

  totalBytes(): number {
    let total = 0;
    for (const size of this.#sizes.values()) total += size;
    return total;
  }

  /** Open for writing (made when missing) and kept open until it is released. */
  acquireForWriting(segment: number): HeldFile {
    this.#closeIdle(segment);
    const file = this.#disk.open(join(this.folder, segmentName(segment)), "write");
    const open = { file, users: 1, isRemoved: false };
    this.#open.set(segment, open);
    if (!this.#sizes.has(segment)) this.#sizes.set(segment, file.sizeBytes());
    return { file, release: () => this.#release(segment, open) };
  }

  /** For a read that ends before anything else runs. Undefined when there is no such segment. */
  peek(segment: number): DiskFile | undefined {
    return this.#find(segment)?.file;
  }

  /** Runs `use` with the file, which stays open so long, removed or not. Undefined when there is no such segment. */
  async use<T>(segment: number, use: (file: DiskFile) => Promise<T>): Promise<T | undefined> {
    const open = this.acquire(segment);
    if (open === undefined) return undefined;
    try {
      return await use(open.file);
    } finally {
      open.release();
    }
  }

  /** The file, open until `release` is called. */
  acquire(segment: number): HeldFile | undefined {
    const open = this.#find(segment);
    if (open === undefined) return undefined;
    open.users += 1;
    return { file: open.file, release: () => this.#release(segment, open) };
  }

  /** Removes the file, then what is marked in it: so a segment is never there without its marks. */
  async remove(segment: number): Promise<void> {
    const open = this.#open.get(segment);
    this.#open.delete(segment);
    this.#sizes.delete(segment);
    if (open !== undefined) {
      open.isRemoved = true;
      if (open.users === 0) open.file.close();
    }
    this.#disk.remove(join(this.folder, segmentName(segment)));
    await this.#disk.syncFolder(this.folder);
    this.#disk.remove(join(this.folder, marksName(segment)));
  }

  /** The file stays, but is no segment of this log. */
  ignore(segment: number): void {
    this.#closeIdle(segment);
    this.#sizes.delete(segment);
  }

  async truncate(segment: number, sizeBytes: number): Promise<void> {
    const file = this.#disk.open(join(this.folder, segmentName(segment)), "write");
    try {
      await file.truncate(sizeBytes);
      await file.sync();
    } finally {
      file.close();
    }
    this.#sizes.set(segment, sizeBytes);
  }

  syncFolder(): Promise<void> {
    return this.#disk.syncFolder(this.folder);
  }

  close(): void {
    for (const { file } of this.#open.values()) file.close();
    this.#open.clear();
  }

  #find(segment: number): OpenSegment | undefined {
    const found = this.#open.get(segment);
    if (found !== undefined) {
      if (this.#open.size > this.#openMax / 2) {
        this.#open.delete(segment);
        this.#open.set(segment, found);
      }
      return found;
    }
    if (!this.#sizes.has(segment)) return undefined;
    const file = this.#disk.open(join(this.folder, segmentName(segment)), "read");
    const open = { file, users: 0, isRemoved: false };
    this.#open.set(segment, open);
    this.#evict(segment);
    return open;
  }

  #release(segment: number, open: OpenSegment): void {
    open.users -= 1;
    if (open.users > 0) return;
    if (open.isRemoved) open.file.close();
    else if (this.#open.size > this.#openMax) this.#closeIdle(segment);
  }

  #closeIdle(segment: number): void {
    const open = this.#open.get(segment);
    if (open === undefined) return;
    this.#open.delete(segment);
    if (open.users === 0) open.file.close();
    else open.isRemoved = true; // whoever reads closes it
  }

  #evict(except: number): void {
    if (this.#open.size <= this.#openMax) return;
    for (const [segment, open] of this.#open) {
      if (open.users > 0 || segment === except) continue;
      this.#closeIdle(segment);
      return;
    }
  }
}
