import { createWriteStream, type WriteStream } from "node:fs";
import { open } from "node:fs/promises";

import { type AccessEntry, accessLogLine } from "#http";
import { type Logger, messageOf } from "#lib";

import { AccessLogError } from "./errors.ts";

/** Lines that wait for a slow disk; further ones are dropped, and that is told. */
const waitingBytesMax = 1024 * 1024;

/** Where requests are written down. */
export interface AccessLog extends AsyncDisposable {
  write(entry: AccessEntry): void;
}

/** Appends to a file; without one it goes to the log, at `debug`. @throws {AccessLogError} */
export async function openAccessLog(path: string | undefined, logger: Logger): Promise<AccessLog> {
  if (path === undefined) {
    return {
      // a getter: the line is made only for a log that takes it
      write: (entry) =>
        logger.debug("request", {
          get line() {
            return accessLogLine(entry);
          },
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  try {
    // as IPFS Cluster makes it; a stream would tell only later that it cannot be opened
    await (await open(path, "a", 0o644)).close();
  } catch (cause) {
    throw new AccessLogError(path, messageOf(cause), { cause });
  }
  return new FileAccessLog(path, logger);
}

class FileAccessLog implements AccessLog {
  readonly #file: WriteStream;
  readonly #logger: Logger;
  #dropped = 0;

  constructor(path: string, logger: Logger) {
    this.#logger = logger;
    this.#file = createWriteStream(path, { flags: "a", mode: 0o644 });
    this.#file.on("error", (error) => {
      logger.error("the access log cannot be written", { path, error });
    });
  }

  write(entry: AccessEntry): void {
    if (this.#file.writableLength > waitingBytesMax) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#tellDropped();
    this.#file.write(`${accessLogLine(entry)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#dropped > 0) this.#tellDropped();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#file.once("close", resolve);
    this.#file.end();
    if (!this.#file.closed) await promise;
  }

  #tellDropped(): void {
    this.#logger.warn("the access log misses requests: the disk was too slow", {
      missing: this.#dropped,
    });
    this.#dropped = 0;
  }
}
