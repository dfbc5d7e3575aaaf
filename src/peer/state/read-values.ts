import { scanJson } from "#lib";

import { InvalidStateFileError } from "./errors.ts";

/** Characters of one value at most. */
const valueCharsMax = 4 << 20;

/**
 * The JSON values of a text, as Go's decoder reads a stream of them: usually one a line, but they may go over many lines
 * or share one. Holds one value at a time. @throws {InvalidStateFileError}
 */
export async function* readValues(source: AsyncIterable<Uint8Array>): AsyncGenerator {
  let position = 1;
  let unfinished = "";
  for await (const line of linesOf(source)) {
    const whole = unfinished === "" ? parsed(line) : undefined;
    if (whole !== undefined) {
      yield whole;
      position += 1;
      continue;
    }
    unfinished = `${unfinished}${line}\n`;
    if (unfinished.length > valueCharsMax) throw new InvalidStateFileError(position, "too long");
    for (;;) {
      const value = firstValue(unfinished, position);
      if (value === undefined) break;
      yield value.value;
      position += 1;
      unfinished = value.rest;
    }
    unfinished = unfinished.trimStart();
  }
  if (unfinished !== "") throw new InvalidStateFileError(position, "unexpected EOF");
}

/** The value at the beginning, and what follows it; undefined when it is not there whole. */
function firstValue(
  text: string,
  position: number,
): { readonly value: unknown; readonly rest: string } | undefined {
  const scan = scanJson(text);
  if (scan.problem === undefined) {
    return { value: JSON.parse(text.slice(0, scan.end)), rest: text.slice(scan.end) };
  }
  if (scan.isCutShort) return undefined;
  throw new InvalidStateFileError(position, scan.problem);
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

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of source) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
