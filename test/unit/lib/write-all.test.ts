// Goal: pieces go into a stream no faster than it takes them, and nothing waits for one that is gone. Method: streams whose
// writes end when the test says so.

import { expect, test } from "bun:test";
import { Writable } from "node:stream";

import { writeAll } from "#lib";
import { eventually } from "#test/eventually";

/** A stream that is full after every piece; `take` lets one go. */
function slowStream() {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(piece, _encoding, done) {
      taken.push(String(piece));
      waiting.push(done);
    },
  });
  return { stream, taken, take: () => waiting.shift()?.() };
}

async function* piecesOf(texts: readonly string[], asked: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    asked.push(text);
    yield Buffer.from(text);
  }
}

test("a piece is asked for when there is room for it, and the end comes last", async () => {
  const { stream, taken, take } = slowStream();
  const asked: string[] = [];
  const written = writeAll(piecesOf(["a", "b"], asked), stream);
  await eventually(() => taken.length === 1);
  expect(asked).toEqual(["a"]);
  take();
  await eventually(() => taken.length === 2);
  expect(asked).toEqual(["a", "b"]);
  take();
  await written;
  await eventually(() => stream.writableFinished);
});

test("a stream that is destroyed while it is full is waited for no longer", async () => {
  const { stream, taken } = slowStream();
  const asked: string[] = [];
  const written = writeAll(piecesOf(["a", "b", "c"], asked), stream);
  await eventually(() => taken.length === 1);
  stream.destroy();
  await written;
  expect(taken).toEqual(["a"]);
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("a");
  throw new Error("lost");
}

test("pieces that fail are an error, and no end", async () => {
  const { stream, take } = slowStream();
  const written = writeAll(failing(), stream);
  setImmediate(take);
  await expect(written).rejects.toThrow("lost");
  expect([stream.writableEnded, stream.destroyed]).toEqual([false, false]);
});
