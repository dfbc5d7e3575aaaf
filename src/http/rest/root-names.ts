import { AddNotPossibleError } from "#cluster";
import type { ImportEntry } from "#dag";

/** Directories at the top that are remembered; a form that has more is taken as it comes. */
const directoriesMax = 10_000;

/** What stands at the top of a form, as its parts come. */
export class RootNames {
  /** Whether there was a file without a name. */
  hasUnnamed = false;
  readonly #directories = new Set<string>();
  #current = "";

  /**
   * Takes the next part. A directory that others have come after is finished, and cannot go on.
   * @throws {AddNotPossibleError}
   */
  note(entry: Pick<ImportEntry, "path" | "type">): void {
    if (entry.path === "") this.hasUnnamed = true;
    const [root = "", ...below] = entry.path.split("/");
    const isDirectory = below.length > 0 || entry.type === "directory";
    if (isDirectory && root !== this.#current && this.#directories.has(root)) {
      throw new AddNotPossibleError(
        `the files of directory ${JSON.stringify(root)} do not stand together`,
      );
    }
    if (isDirectory && this.#directories.size < directoriesMax) this.#directories.add(root);
    this.#current = root;
  }
}
