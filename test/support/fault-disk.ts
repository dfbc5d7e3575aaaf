import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { type Disk, type DiskFile, systemDisk } from "#storage";

export interface DiskCall {
  readonly kind: "open" | "read" | "write" | "sync" | "truncate" | "syncFolder";
  readonly path: string;
  /** Of a write. */
  readonly sizeBytes: number;
}

/** What happens instead: an error, or for a write a number of bytes that are written before it ends short. */
export type Fault = Error | number | undefined;

export function diskError(code: "ENOSPC" | "EIO"): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

/**
 * The real disk with faults. It also remembers what was synced, so that a test can have the folder as a power cut might
 * leave it: synced content for certain, of the rest some, and of names that were not synced some.
 */
export class FaultDisk implements Disk {
  /** Asked before each call. */
  fault: (call: DiskCall) => Fault = () => undefined;
  /** Waited for before each write and sync. */
  before: (call: DiskCall) => Promise<void> | undefined = () => undefined;
  /** Waited for after each read that is not on the spot. */
  afterRead: () => Promise<void> | undefined = () => undefined;
  freeBytesNow = 1e15;
  openFiles = 0;
  readsOnTheSpot = 0;
  readonly calls: DiskCall[] = [];
  readonly #synced = new Map<string, Uint8Array>();
  readonly #durableNames = new Set<string>();
  #lastTruncate: Promise<void> = Promise.resolve();
  readonly #removed = new Set<string>();

  open(path: string, mode: "read" | "write"): DiskFile {
    if (mode === "write" && !existsSync(path)) this.#check({ kind: "open", path, sizeBytes: 0 });
    const file = systemDisk.open(path, mode);
    this.openFiles += 1;
    return {
      sizeBytes: () => file.sizeBytes(),
      readSync: (into, offset) => {
        this.readsOnTheSpot += 1;
        this.#check({ kind: "read", path, sizeBytes: into.length });
        return file.readSync(into, offset);
      },
      read: async (into, offset) => {
        this.#check({ kind: "read", path, sizeBytes: into.length });
        const bytes = await file.read(into, offset);
        await this.afterRead();
        return bytes;
      },
      write: (parts, offset) => this.#write(file, { path, parts, offset }),
      sync: () => this.#sync(file, path),
      truncate: async (sizeBytes) => {
        this.#check({ kind: "truncate", path, sizeBytes });
        this.#lastTruncate = file.truncate(sizeBytes);
        await this.#lastTruncate;
      },
      close: () => {
        this.openFiles -= 1;
        file.close();
      },
    };
  }

  list(folder: string): readonly string[] {
    return systemDisk.list(folder);
  }

  makeFolder(path: string): void {
    systemDisk.makeFolder(path);
  }

  remove(path: string): void {
    if (existsSync(path)) this.#removed.add(path);
    systemDisk.remove(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#check({ kind: "syncFolder", path, sizeBytes: 0 });
    await systemDisk.syncFolder(path);
    for (const name of systemDisk.list(path)) this.#durableNames.add(join(path, name));
    for (const removed of this.#removed) this.#durableNames.delete(removed);
    this.#removed.clear();
  }

  freeBytes(): number {
    return this.freeBytesNow;
  }

  /** Resolves when the last truncation is done, and what awaits it has gone on. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.#lastTruncate;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What is in the folder already counts as synced. */
  noteDurable(folder: string): void {
    const blocks = join(folder, "blocks");
    if (!existsSync(blocks)) return;
    for (const name of systemDisk.list(blocks)) {
      this.#durableNames.add(join(blocks, name));
      this.#synced.set(join(blocks, name), readFileSync(join(blocks, name)));
    }
  }

  /**
   * Copies the data folder as a power cut would leave it. `chance` answers whether something unsynced survived.
   * LevelDB's files are taken as they are: all that the store relies on in there is synced by LevelDB.
   */
  copyAfterPowerCut(from: string, to: string, chance: () => boolean): void {
    mkdirSync(join(to, "blocks"), { recursive: true });
    cpSync(join(from, "db"), join(to, "db"), { recursive: true });
    const unsyncedNames = systemDisk
      .list(join(from, "blocks"))
      .map((name) => join(from, "blocks", name))
      .filter((path) => !this.#durableNames.has(path) && chance());
    for (const path of [...this.#durableNames, ...unsyncedNames]) {
      const current = existsSync(path) ? readFileSync(path) : undefined;
      if (current === undefined && chance()) continue; // the removal was durable
      const content = this.#survivor(path, current, chance);
      writeFileSync(join(to, "blocks", basename(path)), content);
    }
  }

  #survivor(path: string, current: Uint8Array | undefined, chance: () => boolean): Uint8Array {
    const synced = this.#synced.get(path) ?? new Uint8Array();
    if (current === undefined || current.length <= synced.length) return synced;
    const tail = current.slice(synced.length);
    if (chance()) tail.fill(0, 0, Math.floor(tail.length / 2)); // a hole
    const kept = chance() ? tail : tail.subarray(0, Math.floor(tail.length / 3));
    return Buffer.concat([synced, chance() ? kept : new Uint8Array()]);
  }

  async #write(
    file: DiskFile,
    write: {
      readonly path: string;
      readonly parts: readonly Uint8Array[];
      readonly offset: number;
    },
  ): Promise<number> {
    const all = Buffer.concat(write.parts);
    await this.before({ kind: "write", path: write.path, sizeBytes: all.length });
    const short = this.#check({ kind: "write", path: write.path, sizeBytes: all.length });
    return file.write([short === undefined ? all : all.subarray(0, short)], write.offset);
  }

  async #sync(file: DiskFile, path: string): Promise<void> {
    await this.before({ kind: "sync", path, sizeBytes: 0 });
    this.#check({ kind: "sync", path, sizeBytes: 0 });
    const content = existsSync(path) ? readFileSync(path) : undefined;
    await file.sync();
    if (content !== undefined) this.#synced.set(path, content);
  }

  #check(call: DiskCall): number | undefined {
    this.calls.push({ ...call, path: join(basename(dirname(call.path)), basename(call.path)) });
    const fault = this.fault(call);
    if (fault instanceof Error) throw fault;
    return fault;
  }
}
