import fs from "node:fs";

/**
 * The file operations that the block log uses, so that tests can run out of space, lose what was not synced, or answer
 * with errors. Calls without a promise are those that take microseconds.
 */
export interface Disk {
  /** For "write" the file is made when it is missing; it can be read, too. */
  open(path: string, mode: "read" | "write"): DiskFile;
  list(folder: string): readonly string[];
  makeFolder(path: string): void;
  /** Does nothing when there is no such file. */
  remove(path: string): void;
  /** Makes new and removed names in the folder durable. */
  syncFolder(path: string): Promise<void>;
  /** What an ordinary user may still write on the file system of `path`. */
  freeBytes(path: string): number;
}

export interface DiskFile {
  sizeBytes(): number;
  /** Bytes read; fewer than asked only at the end of the file, or by accident: see `readFully`. */
  readSync(into: Uint8Array, offset: number): number;
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Bytes written, perhaps fewer than given. */
  write(parts: readonly Uint8Array[], offset: number): Promise<number>;
  /** fdatasync: content and length. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): void;
}

export const systemDisk: Disk = {
  open: (path, mode) => {
    const flags =
      mode === "read" ? fs.constants.O_RDONLY : fs.constants.O_RDWR | fs.constants.O_CREAT;
    return openedFile(fs.openSync(path, flags, 0o600));
  },
  list: (folder) => fs.readdirSync(folder),
  makeFolder: (path) => {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  remove: (path) => fs.rmSync(path, { force: true }),
  syncFolder: async (path) => {
    if (process.platform === "win32") return; // folders cannot be synced there
    const fd = fs.openSync(path, "r");
    try {
      await settle((done) => fs.fsync(fd, done));
    } finally {
      fs.closeSync(fd);
    }
  },
  freeBytes: (path) => {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  },
};

function openedFile(fd: number): DiskFile {
  return {
    sizeBytes: () => fs.fstatSync(fd).size,
    readSync: (into, offset) => fs.readSync(fd, into, 0, into.length, offset),
    read: (into, offset) => count((done) => fs.read(fd, into, 0, into.length, offset, done)),
    write: (parts, offset) => {
      const [only] = parts;
      if (parts.length === 1 && only !== undefined) {
        return count((done) => fs.write(fd, only, 0, only.length, offset, done));
      }
      return count((done) => fs.writev(fd, parts, offset, done));
    },
    sync: () => settle((done) => fs.fdatasync(fd, done)),
    truncate: (sizeBytes) => settle((done) => fs.ftruncate(fd, sizeBytes, done)),
    close: () => fs.closeSync(fd),
  };
}

type Done = (error: NodeJS.ErrnoException | null, bytes?: number) => void;

function count(start: (done: Done) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, bytes) => {
      if (error === null || error === undefined) resolve(bytes ?? 0);
      else reject(error);
    });
  });
}

async function settle(start: (done: Done) => void): Promise<void> {
  await count(start);
}

/** Writes all parts, however many calls it takes. */
export async function writeFully(
  file: DiskFile,
  parts: readonly Uint8Array[],
  offset: number,
): Promise<void> {
  let rest = parts;
  let at = offset;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw new Error("the disk took no bytes");
    at += written;
    rest = withoutFirst(rest, written);
  }
}

function withoutFirst(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  for (const [index, part] of parts.entries()) {
    if (skip < part.length) return [part.subarray(skip), ...parts.slice(index + 1)];
    skip -= part.length;
  }
  return [];
}

/** Fills `into` as far as the file goes; answers how far that was. */
export async function readFully(file: DiskFile, into: Uint8Array, offset: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const read = await file.read(into.subarray(filled), offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

/** `readFully` without leaving the thread: for what is small and likely in the page cache. */
export function readFullySync(file: DiskFile, into: Uint8Array, offset: number): number {
  let filled = file.readSync(into, offset);
  while (filled > 0 && filled < into.length) {
    const read = file.readSync(into.subarray(filled), offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
