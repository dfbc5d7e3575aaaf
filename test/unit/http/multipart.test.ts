// Goal: parts come out as they were put in, however the body is cut, and no body makes the parser hold more than its
// limits. Method: messages written by hand, and by fast-check with any splitting into pieces.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { messageOf } from "#lib";

import { boundaryOf, type MultipartLimits, readParts } from "../../../src/http/multipart/index.ts";

const contentType = "multipart/form-data; boundary=BOUND";

interface ReadBack {
  readonly name: string;
  readonly filename: string | undefined;
  readonly type: string;
  readonly body: string;
}

async function* cut(message: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < message.length; i++) {
    const size = sizes.length === 0 ? message.length : (sizes[i % sizes.length] ?? 1);
    yield message.subarray(at, at + size);
    at += size;
  }
}

async function read(
  message: string | Uint8Array,
  sizes: readonly number[] = [],
  limits: Partial<MultipartLimits> = {},
): Promise<ReadBack[]> {
  const bytes = typeof message === "string" ? Buffer.from(message, "latin1") : message;
  const all: ReadBack[] = [];
  for await (const part of readParts(cut(bytes, sizes), contentType, limits)) {
    const body = Buffer.concat(await Array.fromAsync(part.body)).toString("latin1");
    all.push({ name: part.name, filename: part.filename, type: part.contentType, body });
  }
  return all;
}

const part = (
  body: string,
  head = 'Content-Disposition: form-data; name="file"; filename="f"',
): string => `--BOUND\r\n${head}\r\n\r\n${body}\r\n`;
const fileWith = (body: string): ReadBack => ({ ...file, body });
const failure = (promise: Promise<unknown>): Promise<string> => promise.then(String, messageOf);
const file = { name: "file", filename: "f", type: "" };

describe("a multipart message", () => {
  test("gives its parts with name, file name and type", async () => {
    const head =
      'content-disposition: FORM-DATA; filename="a\\"b\\x"; name=n\r\nCONTENT-TYPE: Text/Plain; charset=x';
    const message = `${part("one")}${part("", head)}--BOUND--\r\n`;
    expect(await read(message)).toEqual([
      { ...file, body: "one" },
      { name: "n", filename: 'a"b\\x', type: "text/plain", body: "" },
    ]);
  });

  test("may have a preamble, an epilogue, folded headers, parts without headers and padding behind a boundary", async () => {
    const folded = 'Content-Disposition: form-data;\r\n  name="file";\r\n\tfilename="f"';
    const message = `preamble\r\n--BOUNDARY\r\n${part("a", folded)}--BOUND \t\r\n\r\nb\r\n--BOUND--\r\nepilogue`;
    expect(await read(message)).toEqual([
      { ...file, body: "a" },
      { name: "", filename: undefined, type: "", body: "b" },
    ]);
  });

  test("may have no parts, and a body whose boundary follows the head at once", async () => {
    expect(await read("--BOUND--")).toEqual([]);
    const message = "--BOUND\r\nX: y\r\n\r\n--BOUND--\r\n";
    expect(await read(message)).toEqual([{ name: "", filename: undefined, type: "", body: "" }]);
  });

  test("keeps what only looks like a boundary in the body", async () => {
    const body = "\r\n--BOUNDx\r\n--BOUN\r\n-\r\n--BOUND-x\r\r\n\n--BOUND";
    expect(await read(`${part(body)}--BOUND--\r\n`)).toEqual([{ ...file, body }]);
  });

  test("decodes UTF-8 and RFC 2231 names", async () => {
    const head = "Content-Disposition: form-data; name=n; filename*=UTF-8''a%20%C3%A9";
    const plain = 'Content-Disposition: form-data; name="n"; filename="é"';
    const message = Buffer.from(`${part("", head)}${part("", plain)}--BOUND--`, "utf8");
    expect((await read(message)).map((each) => each.filename)).toEqual(["a é", "é"]);
  });

  test("skips a body that nobody reads, and ends one that is read too late", async () => {
    const message = Buffer.from(`${part("x".repeat(5000))}${part("y")}--BOUND--\r\n`);
    const held: AsyncIterable<Uint8Array>[] = [];
    const names: (string | undefined)[] = [];
    for await (const each of readParts(cut(message, [100]), contentType)) {
      names.push(each.filename);
      held.push(each.body);
    }
    expect(names).toEqual(["f", "f"]);
    expect(await Array.fromAsync(held[0] ?? [])).toEqual([]);
  });

  test("hands over a body that is there already as a whole", async () => {
    const message = Buffer.from(`${part("x".repeat(4000))}${part("all here")}--BOUND--\r\n`);
    const parts = await Array.fromAsync(readParts(cut(message, []), contentType));
    expect(parts[1]?.small?.buffer).toBe(message.buffer);
    expect(Buffer.from(parts[1]?.small ?? []).toString()).toBe("all here");
    const first = await Array.fromAsync(readParts(cut(message, [3000]), contentType));
    expect(first.map((each) => each.small === undefined)).toEqual([true, false]);
  });
});

describe("any splitting", () => {
  const body = fc.array(
    fc.oneof(
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "-",
        "--",
        "\r\n--BOUND",
        "\r\n--BOUNDx",
        "--BOUND",
        "BOUND",
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 12 },
  );

  test("of any bodies gives the same parts", async () => {
    const property = fc.asyncProperty(
      fc.array(body, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
      async (bodies, sizes) => {
        const texts = bodies
          .map((pieces) => Buffer.from(pieces.join(""), "utf8").toString("latin1"))
          .filter((text) => !/\r\n--BOUND(?:[ \t\r\n]|--|$)/.test(`\r\n${text}`));
        const message = `${texts.map((text) => part(text)).join("")}--BOUND--\r\n`;
        expect(await read(message, sizes)).toEqual(texts.map(fileWith));
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  test("of big bodies gives the same bytes without ever copying a big piece", async () => {
    const big = Buffer.alloc(300_000, "0123456789\r\n--BOUN");
    const message = Buffer.concat([
      Buffer.from(part("X").replace("X\r\n", "")),
      big,
      Buffer.from("\r\n--BOUND--"),
    ]);
    for (const size of [4096, 65_536, 100_001]) {
      const back: Uint8Array[] = [];
      for await (const each of readParts(cut(message, [size]), contentType)) {
        for await (const piece of each.body) back.push(piece);
      }
      expect(Buffer.concat(back).equals(big)).toBe(true);
      const copied = back.filter((piece) => piece.buffer !== message.buffer);
      const copiedBytes = copied.reduce((sum, piece) => sum + piece.length, 0);
      expect(copiedBytes).toBeLessThan((message.length / size + 1) * 2200);
    }
  });
});

describe("a hostile body", () => {
  test("that breaks off is an error in the words of Go's parser", async () => {
    expect(await failure(read(""))).toBe("multipart: NextPart: EOF");
    expect(await failure(read("no boundary at all"))).toBe("multipart: NextPart: EOF");
    expect(await failure(read(part("abc")))).toBe("multipart: NextPart: EOF");
    expect(await failure(read(part("abc").slice(0, -2)))).toBe("multipart: NextPart: EOF");
    expect(await failure(read(`${part("abc")}--BOU`))).toBe("multipart: NextPart: EOF");
  });

  test("is bounded in preamble, head and number of parts", async () => {
    const limits = { preambleBytesMax: 1000, headBytesMax: 1000, partsMax: 2 };
    expect(await failure(read("x".repeat(5000), [100], limits))).toContain("first 1000 bytes");
    expect(await failure(read(part("", "x".repeat(5000)), [100], limits))).toContain(
      "larger than 1000",
    );
    expect(await failure(read(`--BOUND${" ".repeat(5000)}`, [7], limits))).toContain(
      "larger than 1000",
    );
    expect(await failure(read(part("a").repeat(3), [], limits))).toContain("more than 2 parts");
  });

  test("without a boundary in its type is refused at once", () => {
    expect(boundaryOf("multipart/form-data")).toBeUndefined();
    expect(boundaryOf("text/plain; boundary=x")).toBeUndefined();
    expect(boundaryOf('Multipart/Form-Data; charset=u; Boundary="a b"')).toBe("a b");
    expect(() => readParts(cut(Buffer.alloc(0), []), "multipart/form-data")).toThrow("boundary");
  });
});
