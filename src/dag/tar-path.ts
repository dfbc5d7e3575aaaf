import { UnsafeEntryError } from "./errors.ts";

/**
 * Where a directory's entry is unpacked: names with `/`, `.` and `..` in them are cleaned. `directory` is a clean path
 * of which the first segment is the archive's root.
 * @throws {UnsafeEntryError} when that is not below the root
 */
export function entryPath(directory: string, name: string): string {
  const joined = `${directory}/${name}`;
  if (name.includes("\0")) throw new UnsafeEntryError(joined);
  const clean: string[] = [];
  for (const segment of joined.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") clean.push(segment);
    else if (clean.pop() === undefined) throw new UnsafeEntryError(joined);
  }
  const isBelowRoot = clean.length > 1 && clean[0] === directory.split("/", 1)[0];
  if (!isBelowRoot) throw new UnsafeEntryError(joined);
  return clean.join("/");
}

/** The archive's root: one plain segment. @throws {UnsafeEntryError} */
export function rootPath(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw new UnsafeEntryError(name);
  }
  return name;
}

/** The symlinks of an archive: nothing may be unpacked through one, since it may point anywhere. */
export class SymlinkGuard {
  readonly #paths = new Set<string>();

  /** @throws {UnsafeEntryError} when the path is at or below a symlink */
  check(path: string): void {
    if (this.#paths.size === 0) return;
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (this.#paths.has(path.slice(0, end))) throw new UnsafeEntryError(path);
    }
  }

  add(path: string): void {
    this.#paths.add(path);
  }
}
