import type { UploadEntry } from "#api";
import { asError } from "#lib";

/** Remembers why the entries ended early: over the wire it looks like a broken connection. */
export function watchFailure(entries: AsyncIterable<UploadEntry>): {
  readonly entries: AsyncIterable<UploadEntry>;
  readonly failure: () => Error | undefined;
} {
  let failure: Error | undefined;
  async function* watched<T>(inner: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* inner;
    } catch (cause) {
      failure ??= asError(cause);
      throw cause;
    }
  }
  async function* outer(): AsyncGenerator<UploadEntry> {
    for await (const entry of watched(entries)) {
      yield entry.type === "file" ? { ...entry, content: watched(entry.content) } : entry;
    }
  }
  return { entries: outer(), failure: () => failure };
}
