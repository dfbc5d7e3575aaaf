// Goal: parts become the entries that Kubo 0.43 would import, with what it tells back about them. Method: parts
// written by hand; expected values from the recorded behaviour of Kubo (names, Go file modes, implicit folders).

import { describe, expect, test } from "bun:test";

import { type Part, toImportEntries } from "../../../src/http/multipart/index.ts";

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function part(filename: string | undefined, more: Partial<Part> & { text?: string } = {}): Part {
  const { text = "", ...rest } = more;
  const base = { headers: new Map(), name: "file", contentType: "", small: undefined };
  return { ...base, filename, body: bytes(text), ...rest };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
const entriesOf = (parts: readonly Part[]) => Array.fromAsync(toImportEntries(each(parts)));

describe("names", () => {
  const cases: readonly (readonly [sent: string | undefined, path: string])[] = [
    ["a.txt", "a.txt"],
    ["d%2Fsub%2Fb", "d/sub/b"],
    ["a+b%2Bc", "a b+c"],
    ["/abs/../q/./w", "q/w"],
    ["../../x", "x"],
    ["a//b/", "a/b"],
    ["100%", "100%"],
    ["a+b%zz", "a+b%zz"],
    ["%C3%A9", "é"],
    ["é", "é"],
    ["..", ""],
    [".hidden", ".hidden"],
    ["...", "..."],
    [undefined, ""],
  ];
  for (const [sent, path] of cases) {
    test(`${JSON.stringify(sent)} is ${JSON.stringify(path)}`, async () => {
      const [first] = await entriesOf([part(sent)]);
      expect(first?.entry.path).toBe(path);
    });
  }
});

describe("kinds", () => {
  test("come from the content type; a link's target is its body", async () => {
    const entries = await entriesOf([
      part("d", { contentType: "application/x-directory" }),
      part("d/l", { contentType: "application/symlink", text: "../target" }),
      part("d/f", { contentType: "text/html" }),
    ]);
    const kinds = entries.map(({ entry }) => [entry.type, "target" in entry ? entry.target : ""]);
    expect(kinds).toEqual([
      ["directory", ""],
      ["symlink", "../target"],
      ["file", ""],
    ]);
  });
});

describe("metadata", () => {
  test("comes from the field's name; Go's type bits are stripped for the DAG and told back", async () => {
    const name = "file?mode=020000000755&mtime=1604320482&mtime-nsecs=55";
    const [first] = await entriesOf([part("d", { name, contentType: "application/x-directory" })]);
    const mtime = { seconds: 1604320482, nanoseconds: 55 };
    expect(first?.entry).toEqual({ path: "d", type: "directory", mode: 0o755, mtime });
    expect(first?.sent).toEqual({ mode: 0o20000000755, mtime });
  });

  test("is told back for the whole top-level entry, and not for folders that no part names", async () => {
    const dir = { name: "file?mode=020000000755", contentType: "application/x-directory" };
    const entries = await entriesOf([
      part("d", dir),
      part("d/a", { name: "file?mode=0644" }),
      part("e/a", { name: "file?mode=0644" }),
      part("f", { name: "file?mode=0600" }),
    ]);
    expect(entries.map(({ top, sent }) => [top, sent?.mode])).toEqual([
      ["d", 0o20000000755],
      ["d", 0o20000000755],
      ["e", undefined],
      ["f", 0o600],
    ]);
  });

  test("of a link is always a link's mode", async () => {
    const [first] = await entriesOf([part("l", { contentType: "application/symlink" })]);
    expect(first?.sent?.mode.toString(8)).toBe("1000000777");
  });

  test("that is no number is left out", async () => {
    const [first] = await entriesOf([part("f", { name: "file?mode=9x&mtime=soon" })]);
    expect(first?.entry).toMatchObject({ mode: undefined, mtime: undefined });
  });
});
