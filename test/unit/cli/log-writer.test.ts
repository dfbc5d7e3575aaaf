// Goal: a log whose reader is slow or gone neither ends the program nor fills its memory. Method: a stream that takes, or
// does not take, what is written.

import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";

import { createLogWriter } from "../../../src/cli/log-writer.ts";

class Reader extends EventEmitter {
  isFull = false;
  bytes = 0;

  write(text: string): boolean {
    this.bytes += text.length;
    return !this.isFull;
  }
}

const line = `${"x".repeat(1023)}\n`;
const mebibyte = 1024 * 1024;

test("a reader that stands still gets a mebibyte, and again what comes once it goes on", () => {
  const reader = new Reader();
  const write = createLogWriter(reader);
  reader.isFull = true;
  for (let number = 0; number < 3000; number += 1) write(line);
  expect(reader.bytes).toBe(mebibyte);
  reader.isFull = false;
  reader.emit("drain");
  write(line);
  expect(reader.bytes).toBe(mebibyte + line.length);
});

test("a reader that has gone is no failure, and leaves no listener behind for each line", () => {
  const reader = new Reader();
  const write = createLogWriter(reader);
  reader.isFull = true;
  for (let number = 0; number < 100; number += 1) write(line);
  reader.emit("error", new Error("broken pipe"));
  write(line);
  expect(reader.listenerCount("drain") + reader.listenerCount("error")).toBe(2);
});
