import {
  addToDirectory,
  type DirectoryEntry,
  emptyDirectory,
  resolvePath,
  statUnixFs,
  type UnixFsStat,
} from "#dag";
import { type BlockSource, type BlockWriter, type CID, decodeCid } from "#model";
import type { Keyspace } from "#storage";

/** Kubo's name for it. */
const rootKey = new TextEncoder().encode("/local/filesroot");

/**
 * The tree of files that `ipfs files` shows (MFS): one root CID, kept from garbage collection. Changes run one after
 * the other.
 */
export class FilesRoot {
  readonly #datastore: Keyspace;
  readonly #source: BlockSource;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: { readonly datastore: Keyspace; readonly source: BlockSource }) {
    this.#datastore = deps.datastore;
    this.#source = deps.source;
  }

  /** The root as it is now; the empty directory at first. */
  async root(): Promise<CID> {
    const bytes = await this.#datastore.get(rootKey);
    return bytes === undefined ? emptyDirectory : decodeCid(bytes);
  }

  /** What is at a path, its names without slashes. @throws {LinkNotFoundError} */
  async stat(segments: readonly string[]): Promise<UnixFsStat> {
    const { cid } = await this.#resolve(await this.root(), segments);
    return statUnixFs(this.#source, cid);
  }

  /**
   * Puts a node into the tree; durable when it resolves. The directories on the way are made anew through `writer`,
   * which has to stay open meanwhile.
   * @throws {LinkNotFoundError} when the parent is not there; {DuplicateEntryError} when the name is taken
   */
  link(parent: readonly string[], entry: DirectoryEntry, writer: BlockWriter): Promise<void> {
    const done = this.#last.then(() => this.#link(parent, entry, writer));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #link(
    parent: readonly string[],
    entry: DirectoryEntry,
    writer: BlockWriter,
  ): Promise<void> {
    const io = { source: this.#source, sink: writer };
    const { roots } = await this.#resolve(await this.root(), parent);
    let changed = entry;
    for (let depth = parent.length; depth >= 0; depth -= 1) {
      const directory = roots[depth] ?? emptyDirectory;
      const isNew = depth === parent.length;
      const made = await addToDirectory(io, directory, { entry: changed, isNew });
      changed = { name: parent[depth - 1] ?? "", ...made };
    }
    await writer.flush();
    await this.#datastore.put(rootKey, changed.cid.bytes);
  }

  #resolve(root: CID, segments: readonly string[]): ReturnType<typeof resolvePath> {
    return resolvePath(this.#source, {
      namespace: "ipfs",
      root: root.toString(),
      cid: root,
      segments,
    });
  }
}
