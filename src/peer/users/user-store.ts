import { stat } from "node:fs/promises";

import { asError, type Clock, codeOf, type Logger } from "#lib";

import { writeWhole } from "../write-whole.ts";
import { withFileLock } from "./file-lock.ts";
import { formatUsersFile, noUsers, readUsersFile, type UsersFile } from "./users-file.ts";

/** Within so long a running peer sees what was changed beside it. */
const lookAgainMs = 500;

/** `users.json`, kept up with. */
export interface UserStore {
  /** Undefined when there is no file. */
  readonly content: UsersFile | undefined;
  /** Counts the changes that were seen. */
  readonly revision: number;
  /** Looks whether the file has changed, at most twice a second; undefined when it is too early. Never rejects. */
  refresh(): Promise<void> | undefined;
  /**
   * Reads, changes and writes the file while nobody else does; durable when it resolves.
   * @throws {InvalidUsersError} {UsersBusyError} and what `edit` throws, which leaves the file as it was
   */
  change<T>(edit: (content: UsersFile) => Edited<T>): Promise<T>;
}

export interface Edited<T> {
  readonly content: UsersFile;
  readonly result: T;
}

/** @throws {InvalidUsersError} */
export async function openUserStore(
  path: string,
  seams: { readonly clock: Clock; readonly logger: Logger },
): Promise<UserStore> {
  const store = new FileUserStore(path, seams);
  await store.load();
  return store;
}

class FileUserStore implements UserStore {
  content: UsersFile | undefined;
  revision = 0;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What the file looked like when it was last read. */
  #mark = "";
  #lookedAt: number;
  #looking: Promise<void> | undefined;
  /** The last change under way: this process makes them one by one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, seams: { readonly clock: Clock; readonly logger: Logger }) {
    this.#path = path;
    this.#clock = seams.clock;
    this.#logger = seams.logger;
    this.#lookedAt = seams.clock.now();
  }

  async load(): Promise<void> {
    const mark = await markOf(this.#path);
    const content = await readUsersFile(this.#path);
    this.#mark = mark;
    // a file that has gone lets nobody in whom it kept out
    if (content === undefined && this.content !== undefined) return;
    this.content = content;
    this.revision += 1;
  }

  refresh(): Promise<void> | undefined {
    const now = this.#clock.now();
    if (this.#looking !== undefined) return this.#looking;
    if (Math.abs(now - this.#lookedAt) < lookAgainMs) return undefined;
    this.#lookedAt = now;
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  change<T>(edit: (content: UsersFile) => Edited<T>): Promise<T> {
    const work = async (): Promise<T> => {
      const { content, result } = edit((await readUsersFile(this.#path)) ?? noUsers);
      await writeWhole(this.#path, formatUsersFile(content));
      await this.load();
      return result;
    };
    const turn = this.#last.then(() => withFileLock(`${this.#path}.lock`, this.#clock, work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #look(): Promise<void> {
    try {
      const mark = await markOf(this.#path);
      if (mark === this.#mark) return;
      if (mark === "" && this.content !== undefined) {
        this.#mark = mark;
        this.#logger.error("users.json has gone: what it said counts until a restart");
        return;
      }
      await this.load();
      this.#logger.info("users.json was read again");
    } catch (thrown) {
      const error = asError(thrown);
      this.#mark = await markOf(this.#path).catch(() => "");
      this.#logger.error("users.json cannot be read: what it said before counts", { error });
    }
  }
}

/** Other after every change, since a change makes a new file; "" without one. */
async function markOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return "";
    throw cause;
  }
}
