import { scanJson } from "#lib";

import { InvalidStateFileError } from "./errors.ts";

/** Characters of one value at most. */
const valueCharsMax = 4 << 20;
/** What is longer is not waited for to its end: a file may be one line. */
const lineCharsMax = 1 << 20;

/**
 * The JSON values of a text, as Go's decoder reads a stream of them: usually one a line, but they may go over many lines
 * or share one. Comes in pieces, each what a piece of the source had. @throws {InvalidStateFileError}
 */
export async function* readValues(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly unknown[]> {
  const values = new ValueReader();
  const decoder = new TextDecoder();
  for await (const bytes of source) yield values.read(decoder.decode(bytes, { stream: true }));
  yield values.end(decoder.decode());
}

class ValueReader {
  /** What has no end yet: of a line, and of a value that goes over lines. */
  #line = "";
  #unfinished = "";
  /** How many values there were, for errors. */
  #count = 0;

  read(text: string): readonly unknown[] {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    const values = this.#valuesOf(lines);
    if (this.#line.length <= lineCharsMax) return values;
    const more: unknown[] = [];
    this.#addSlowly(this.#line, more);
    this.#line = "";
    this.#count += more.length;
    return [...values, ...more];
  }

  end(text: string): readonly unknown[] {
    const values = this.#valuesOf([this.#line + text]);
    if (this.#unfinished !== "") this.#fail("unexpected EOF");
    return values;
  }

  #valuesOf(lines: readonly string[]): readonly unknown[] {
    const values: unknown[] = [];
    for (const line of lines) {
      const whole = this.#unfinished === "" ? parsed(line) : undefined;
      if (whole === undefined) this.#addSlowly(`${line}\n`, values);
      else values.push(whole);
    }
    this.#count += values.length;
    return values;
  }

  /** Takes all the values that end in a piece of text. */
  #addSlowly(piece: string, values: unknown[]): void {
    let text = this.#unfinished + piece;
    for (;;) {
      text = text.trimStart();
      if (text === "") break;
      const scan = scanJson(text);
      if (scan.problem === undefined) {
        values.push(JSON.parse(text.slice(0, scan.end)));
        text = text.slice(scan.end);
      } else if (scan.isCutShort) break;
      else this.#fail(scan.problem, values.length);
    }
    if (text.length > valueCharsMax) this.#fail("a pin of more than 4 MiB", values.length);
    this.#unfinished = text;
  }

  #fail(problem: string, before = 0): never {
    throw new InvalidStateFileError(this.#count + before + 1, problem);
  }
}

/** A line that is one object; undefined when it is not. */
function parsed(line: string): unknown {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // not by itself: the slow way tells what is wrong
  }
}
