import type { Writable } from "node:stream";

/**
 * Writes all pieces to a stream, no faster than it takes them, and then its end. Stops early when the stream is destroyed;
 * rejects, and leaves the stream as it is, when the pieces fail.
 */
export async function writeAll(pieces: AsyncIterable<Uint8Array>, stream: Writable): Promise<void> {
  for await (const piece of pieces) {
    if (stream.destroyed) return;
    if (!stream.write(piece)) await drained(stream);
  }
  stream.end();
}

/** Resolves when there is room again, or there never will be. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}
