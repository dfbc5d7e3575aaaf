// Goal: folders are walked as `ipfs add -r` walks them, and a file that is not what it was is an error that names it.
// Method: real trees in temporary folders, changed between the walk's steps.

import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import type { UploadEntry } from "#api";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { AddFileError } from "../../../src/cli/errors.ts";
import { countBytes, walkFiles, type WalkOptions } from "../../../src/cli/walk-files.ts";

const all: WalkOptions = { isRecursive: true, hasHidden: false };

function makeTree(files: Readonly<Record<string, string>>): TempFolder & { readonly top: string } {
  const folder = makeTempFolder();
  const top = join(folder.path, "top");
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(top, dirname(name)), { recursive: true });
    writeFileSync(join(top, name), content);
  }
  return { ...folder, top };
}

async function namesOf(path: string, options: WalkOptions): Promise<string[]> {
  const entries = await Array.fromAsync(walkFiles(path, options));
  return entries.map(({ path: name, type }) => `${name} ${type}`);
}

describe("a walk", () => {
  test("goes depth first, in the order of the names' bytes, folders before what is in them", async () => {
    using tree = makeTree({
      "b/2": "",
      "b/10": "",
      "a.txt": "",
      B: "",
      "\u{1F600}": "",
      "\uFF21": "",
    });
    expect(await namesOf(tree.top, all)).toEqual([
      "top directory",
      "top/B file",
      "top/a.txt file",
      "top/b directory",
      "top/b/10 file",
      "top/b/2 file",
      "top/\uFF21 file",
      "top/\u{1F600} file",
    ]);
  });

  test("leaves out hidden files, but not the path itself, and keeps links as links", async () => {
    using tree = makeTree({ ".hidden/x": "", a: "" });
    symlinkSync("nowhere", join(tree.top, "link"));
    expect(await namesOf(tree.top, all)).toEqual([
      "top directory",
      "top/a file",
      "top/link symlink",
    ]);
    const hidden = await namesOf(tree.top, { ...all, hasHidden: true });
    expect(hidden).toContain("top/.hidden/x file");
    expect(await namesOf(join(tree.top, ".hidden"), all)).toEqual([
      ".hidden directory",
      ".hidden/x file",
    ]);
  });

  test("names the folder however it was written", async () => {
    using tree = makeTree({ a: "" });
    for (const path of [`${tree.top}/`, `${tree.top}/../top/.`]) {
      expect((await namesOf(path, all))[0]).toBe("top directory");
    }
  });

  test("counts the bytes that it will send", async () => {
    using tree = makeTree({ a: "12345", "b/c": "123", ".h": "12" });
    const { signal } = new AbortController();
    expect(await countBytes([tree.top], { ...all, signal })).toBe(8);
    expect(await countBytes([tree.top], { ...all, hasHidden: true, signal })).toBe(10);
  });
});

async function readAll(entries: AsyncIterable<UploadEntry>, between: () => void): Promise<void> {
  for await (const entry of entries) {
    if (entry.type !== "file") continue;
    between();
    await Array.fromAsync(entry.content);
  }
}

describe("a walk fails and names the file", () => {
  const sizes = { small: "s".repeat(1000), big: "b".repeat(1_000_000) };

  test.each(Object.entries(sizes))(
    "when a %s one grows, shrinks or vanishes",
    async (name, content) => {
      const changes: readonly (readonly [(path: string) => void, string])[] = [
        [(path) => appendFileSync(path, "more"), "grew while it was added"],
        [(path) => truncateSync(path, 10), "became shorter while it was added"],
        [(path) => rmSync(path), "no such file or directory"],
      ];
      for (const [change, problem] of changes) {
        using tree = makeTree({ [name]: content });
        const path = join(tree.top, name);
        const work = readAll(walkFiles(tree.top, all), () => change(path));
        const error = await work.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(AddFileError);
        expect(String(error)).toContain(`${path}: ${problem}`);
      }
    },
  );

  test("when there is none, when it is a folder without -r, when it is of an odd kind", async () => {
    using tree = makeTree({ a: "" });
    const missing = join(tree.top, "missing");
    await expect(namesOf(missing, all)).rejects.toThrow(`${missing}: no such file or directory`);
    await expect(namesOf(tree.top, { ...all, isRecursive: false })).rejects.toThrow("use -r");
    const pipe = join(tree.top, "pipe");
    if (spawnSync("mkfifo", [pipe]).status !== 0) return;
    await expect(namesOf(tree.top, all)).rejects.toThrow(`${pipe}: is neither a file nor a folder`);
  });
});
