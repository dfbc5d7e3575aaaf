import type { BlockSource, CID, SignalOptions } from "#model";

import { createLinkedAbort } from "./linked-abort.ts";
import { WindowReader } from "./read-windows.ts";

export interface ReadFileOptions extends SignalOptions {
  /** First byte; past the end gives nothing. Default 0. */
  readonly offset?: number | undefined;
  /** Bytes at most. Default: to the end. */
  readonly length?: number | undefined;
  /** Bytes held at once, half of them read ahead. Default 4 MiB. */
  readonly bufferBytes?: number | undefined;
}

const bufferBytesDefault = 4 * 1024 * 1024;

/**
 * A file's content, or a part of it, as pieces that share memory with the blocks. Only blocks that overlap the range are
 * read, in windows of leaves; the next window is read when the consumer has taken the first piece of one. A symlink's
 * content is its target, as the path gateway wants it. Content whose parts have other sizes than announced ends with
 * an error, never with wrong bytes.
 * @throws {IsDirectoryError | NotUnixFsError | UndecodableBlockError | DamagedDagError | BlockNotFoundError}
 */
export async function* readFile(
  source: BlockSource,
  cid: CID,
  options: ReadFileOptions = {},
): AsyncGenerator<Uint8Array> {
  yield* readRange({ source, root: { cid, bytes: undefined } }, options);
}

/** As `readFile`, for a root whose block may be here already. */
export async function* readRange(
  from: {
    readonly source: BlockSource;
    readonly root: { readonly cid: CID; readonly bytes: Uint8Array | undefined };
  },
  options: ReadFileOptions,
): AsyncGenerator<Uint8Array> {
  const { offset = 0, length = Infinity, bufferBytes = bufferBytesDefault, signal } = options;
  const range = { start: offset, end: offset + length };
  const reader = new WindowReader({ ...from, range, windowBytes: bufferBytes / 2 });
  // blocks that are read ahead for a consumer who leaves are not waited for
  using stop = createLinkedAbort(signal);
  const isFetched = from.source.expect !== undefined;
  let window = await reader.next(isFetched ? stop.signal() : signal);
  while (window.length > 0) {
    let ahead: Promise<readonly Uint8Array[]> | undefined;
    for (const piece of window) {
      yield piece;
      if (ahead === undefined && reader.hasMore) ahead = quietly(reader.next(stop.signal()));
    }
    window = ahead === undefined ? [] : await ahead;
  }
}

/** A promise that may be dropped: whoever awaits it still gets its rejection. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
