import { goQuote } from "./go-quote.ts";

/** Where the first JSON value of a text ends, or what Go's decoder says against it. */
export type JsonScan =
  | { readonly end: number; readonly problem?: undefined }
  | { readonly problem: string; readonly isCutShort: boolean };

const depthMax = 1000;

/** Reads the first JSON value of a text as Go's `encoding/json` does, for the wording of its errors. */
export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text);
  try {
    scanner.value(0);
    return { end: scanner.at };
  } catch (error) {
    if (error instanceof JsonProblem)
      return { problem: error.message, isCutShort: error.isCutShort };
    throw error;
  }
}

/** What Go says about the character at `index`. */
export function characterProblem(text: string, index: number, where: string): string {
  return `invalid character ${quoted(text.charAt(index))} ${where}`;
}

class JsonProblem extends Error {
  readonly isCutShort: boolean;

  constructor(message: string, isCutShort: boolean) {
    super(message);
    this.isCutShort = isCutShort;
  }
}

class Scanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    if (depth > depthMax) throw new JsonProblem("exceeded max depth", false);
    const first = this.#peek();
    if (first === "{") this.#object(depth);
    else if (first === "[") this.#array(depth);
    else if (first === '"') this.#string();
    else if (first === "t") this.#literal("true");
    else if (first === "f") this.#literal("false");
    else if (first === "n") this.#literal("null");
    else if (/[-0-9]/.test(first)) this.#number();
    else this.#fail("looking for beginning of value");
  }

  #object(depth: number): void {
    this.at += 1;
    if (this.#peek() === "}") return this.#skip();
    for (;;) {
      if (this.#peek() !== '"') this.#fail("looking for beginning of object key string");
      this.#string();
      if (this.#peek() !== ":") this.#fail("after object key");
      this.at += 1;
      this.value(depth + 1);
      const next = this.#peek();
      if (next === "}") return this.#skip();
      if (next !== ",") this.#fail("after object key:value pair");
      this.at += 1;
    }
  }

  #array(depth: number): void {
    this.at += 1;
    if (this.#peek() === "]") return this.#skip();
    for (;;) {
      this.value(depth + 1);
      const next = this.#peek();
      if (next === "]") return this.#skip();
      if (next !== ",") this.#fail("after array element");
      this.at += 1;
    }
  }

  #string(): void {
    this.at += 1;
    for (;;) {
      const character = this.#next();
      if (character === '"') return this.#skip();
      if (character < " ") this.#fail("in string literal");
      this.at += 1;
      if (character === "\\") this.#escape();
    }
  }

  #escape(): void {
    const character = this.#text[this.at];
    this.#expect(/[bfnrt\\/"u]/, "in string escape code");
    if (character !== "u") return;
    for (let digit = 0; digit < 4; digit += 1) {
      this.#expect(/[0-9a-f]/i, "in \\u hexadecimal character escape");
    }
  }

  #literal(word: string): void {
    for (const wanted of word) {
      this.#expect(new RegExp(wanted), `in literal ${word} (expecting '${wanted}')`);
    }
  }

  #number(): void {
    if (this.#text[this.at] === "-") this.at += 1;
    if (this.#text[this.at] === "0") this.at += 1;
    else this.#digits("in numeric literal");
    if (this.#text[this.at] === ".") {
      this.at += 1;
      this.#digits("after decimal point in numeric literal");
    }
    if (!/^[eE]$/.test(this.#text[this.at] ?? "")) return;
    this.at += 1;
    if (/^[-+]$/.test(this.#text[this.at] ?? "")) this.at += 1;
    this.#digits("in exponent of numeric literal");
  }

  #digits(where: string): void {
    this.#expect(/\d/, where);
    while (/^\d$/.test(this.#text[this.at] ?? "")) this.at += 1;
  }

  /** Takes one character; where the text ends, Go sees a space. */
  #expect(pattern: RegExp, where: string): void {
    const character = this.#text[this.at];
    if (character === undefined) throw new JsonProblem(`invalid character ' ' ${where}`, true);
    if (!pattern.test(character)) this.#fail(where);
    this.at += 1;
  }

  #skip(): void {
    this.at += 1;
  }

  /** The next character that is no white space. */
  #peek(): string {
    while (/^[ \t\r\n]$/.test(this.#text[this.at] ?? "")) this.at += 1;
    return this.#next();
  }

  #next(): string {
    const character = this.#text[this.at];
    if (character === undefined) throw new JsonProblem("unexpected end of JSON input", true);
    return character;
  }

  #fail(where: string): never {
    throw new JsonProblem(characterProblem(this.#text, this.at, where), false);
  }
}

/** As Go's quoteChar, which looks at the first byte of a character alone. */
function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const byte = String.fromCharCode(Buffer.from(character)[0] ?? 0);
  return `'${goQuote(byte).slice(1, -1)}'`;
}
