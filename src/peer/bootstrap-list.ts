import { type Document, isObject, readDocument, withValue } from "./config/document.ts";
import { InvalidConfigError } from "./errors.ts";
import { expandBootstrap } from "./public-network.ts";
import { writeWhole } from "./write-whole.ts";

/** `ipfs.bootstrap` of a service.json, changed in the file; a running host keeps the list that it began with. */
export class BootstrapFile {
  readonly #path: string;
  /** When the file does not say. */
  readonly #configured: readonly string[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, configured: readonly string[]) {
    this.#path = path;
    this.#configured = configured;
  }

  async list(options: { readonly isExpanded?: boolean } = {}): Promise<readonly string[]> {
    const listed = this.#listed(await this.#read());
    return options.isExpanded === true ? expandBootstrap(listed) : listed;
  }

  add(peers: readonly string[]): Promise<void> {
    return this.#change((listed) => [...new Set([...peers, ...listed])]);
  }

  remove(peers: readonly string[]): Promise<void> {
    return this.#change((listed) => listed.filter((peer) => !peers.includes(peer)));
  }

  #change(change: (listed: readonly string[]) => readonly string[]): Promise<void> {
    const done = this.#last.then(() => this.#rewrite(change));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #rewrite(change: (listed: readonly string[]) => readonly string[]): Promise<void> {
    const document = await this.#read();
    const changed = withValue(document, ["ipfs", "bootstrap"], change(this.#listed(document)));
    await writeWhole(this.#path, JSON.stringify(changed, undefined, 2));
  }

  async #read(): Promise<Document> {
    const document = await readDocument(this.#path);
    if (document === undefined) throw new InvalidConfigError(this.#path, "the file is gone");
    return document;
  }

  #listed({ ipfs }: Document): readonly string[] {
    const listed = isObject(ipfs) ? ipfs["bootstrap"] : undefined;
    if (typeof listed === "string") return [listed];
    if (!Array.isArray(listed)) return this.#configured;
    return listed.filter((peer) => typeof peer === "string");
  }
}
