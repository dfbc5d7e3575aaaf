import type { Made } from "./block-maker.ts";
import { Directory } from "./directory.ts";
import type { ImportEntry, ImportOptions, UnixFsMetadata } from "./ports.ts";

/** A topmost directory and the entries below it. With `wrap-with-directory` its path is empty and it holds all. */
export class ImportTree {
  readonly path: string;
  readonly root: Directory;
  readonly #options: ImportOptions;
  /** The directory of the latest entry, since neighbours mostly share it. */
  #latest: { readonly path: string; readonly directory: Directory };
  /** A directory that stays away if nothing follows in it. */
  #pending: { readonly path: string; readonly metadata: UnixFsMetadata } | undefined;

  constructor(path: string, options: ImportOptions, metadata: UnixFsMetadata) {
    this.path = path;
    this.#options = options;
    this.root = new Directory(metadata);
    this.#latest = { path, directory: this.root };
  }

  /** Whether an entry of that path belongs below. */
  holds(path: string): boolean {
    return this.path === "" || isBelow(path, this.path);
  }

  /** Makes the directories above an entry, and the entry itself when it is a directory. @throws {ParentIsFileError} */
  enter(entry: ImportEntry): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined && isBelow(entry.path, pending.path)) {
      this.#open(pending.path, pending.metadata);
    }
    if (entry.type !== "directory") return this.#openParent(entry.path);
    const metadata = metadataOf(entry, this.#options);
    if (this.#options.emptyDirectories) return this.#open(entry.path, metadata);
    this.#openParent(entry.path);
    this.#pending = { path: entry.path, metadata };
  }

  /** Adds a file or symlink to the directory that was entered for it. @throws {DuplicateEntryError} */
  add(path: string, made: Made): void {
    this.#latest.directory.addFile(path.slice(path.lastIndexOf("/") + 1), made);
  }

  #openParent(path: string): void {
    const slash = path.lastIndexOf("/");
    const isLatest =
      slash === -1
        ? this.#latest.path === ""
        : this.#latest.path.length === slash && path.startsWith(this.#latest.path);
    if (isLatest) return;
    this.#open(slash === -1 ? "" : path.slice(0, slash), undefined);
  }

  #open(path: string, metadata: UnixFsMetadata | undefined): void {
    const implicit = metadataOf({}, this.#options);
    const below = this.path === "" ? path : path.slice(this.path.length + 1);
    const names = below === "" ? [] : below.split("/");
    let directory = this.root;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      directory = directory.openChild(name, isLast ? (metadata ?? implicit) : implicit);
    }
    this.#latest = { path, directory };
  }
}

/** Whether `path` is within the directory of path `parent`. */
export function isBelow(path: string, parent: string): boolean {
  return path.charAt(parent.length) === "/" && path.startsWith(parent);
}

/** What is stored of an entry's metadata: that of the options, or its own where that is to be preserved. */
export function metadataOf(entry: UnixFsMetadata, options: ImportOptions): UnixFsMetadata {
  return {
    mode: options.preserveMode ? entry.mode : options.mode,
    mtime: options.preserveMtime ? entry.mtime : options.mtime,
  };
}
