import type { Disk } from "./disk.ts";
import { StorageFullError, StorageWriteError } from "./errors.ts";

/** How many bytes may be appended before the disk is asked again. */
const lookEveryBytes = 4 * 1024 * 1024;

/** The files that count against the maximum. */
export interface BlockFiles {
  readonly folder: string;
  totalBytes(): number;
}

/** Refuses appends that would fill the disk or exceed the configured maximum. */
export class FreeSpace {
  readonly #deps: { readonly disk: Disk; readonly files: BlockFiles };
  readonly #options: { readonly storageMaxBytes: number; readonly reserveBytes: number };
  readonly #unwrittenBytes: () => number;
  /** Bytes that may be appended before the next look. */
  #left = 0;

  constructor(
    deps: { readonly disk: Disk; readonly files: BlockFiles },
    options: { readonly storageMaxBytes: number; readonly reserveBytes: number },
    unwrittenBytes: () => number,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#unwrittenBytes = unwrittenBytes;
  }

  /** @throws {StorageFullError} */
  take(neededBytes: number): void {
    if (neededBytes > this.#left) {
      const { files } = this.#deps;
      const allowed = this.#options.storageMaxBytes - files.totalBytes();
      const usable = Math.min(allowed, this.#freeBytes() - this.#options.reserveBytes);
      this.#left = Math.min(require(usable, neededBytes), Math.max(lookEveryBytes, neededBytes));
    }
    this.#left -= neededBytes;
  }

  /**
   * For compaction, which gives back more than it takes: the configured maximum does not bind it, and most of the
   * reserve is its to use.
   * @throws {StorageFullError}
   */
  takeForCompaction(neededBytes: number): void {
    require(this.#freeBytes() - this.#options.reserveBytes / 4, neededBytes);
  }

  /** What a failed write or sync means. */
  explain(error: unknown, attempt: string, neededBytes: number): Error {
    this.#left = 0;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOSPC" && code !== "EDQUOT") return new StorageWriteError(attempt, error);
    const freeBytes = Math.max(0, this.#freeBytes() - this.#options.reserveBytes);
    return new StorageFullError(freeBytes, neededBytes, error);
  }

  #freeBytes(): number {
    return this.#deps.disk.freeBytes(this.#deps.files.folder) - this.#unwrittenBytes();
  }
}

function require(usableBytes: number, neededBytes: number): number {
  const usable = Math.max(0, Math.floor(usableBytes));
  if (usable < neededBytes) throw new StorageFullError(usable, neededBytes);
  return usable;
}
