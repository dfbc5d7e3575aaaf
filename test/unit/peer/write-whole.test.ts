// Goal: a file is replaced as a whole, for its owner alone, and nothing is left beside it. Method: files and links in a
// temporary folder.

import { expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { makeTempFolder } from "#test/temp-folder";

import { writeWhole } from "../../../src/peer/write-whole.ts";

test("a file that others may read is theirs no more", async () => {
  using folder = makeTempFolder();
  const path = join(folder.path, "file");
  await writeFile(path, "old", { mode: 0o644 });
  await writeWhole(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path)).toEqual(["file"]);
});

test("a link stays, and what it leads to is replaced", async () => {
  using folder = makeTempFolder();
  const [path, target] = [join(folder.path, "link"), join(folder.path, "elsewhere", "file")];
  mkdirSync(join(folder.path, "elsewhere"));
  await writeFile(target, "old");
  symlinkSync(target, path);
  await writeWhole(path, "new");
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("new");
});

test("what cannot be replaced leaves nothing behind", async () => {
  using folder = makeTempFolder();
  const path = join(folder.path, "folder");
  mkdirSync(path);
  await expect(writeWhole(path, "new")).rejects.toThrow();
  expect(readdirSync(folder.path)).toEqual(["folder"]);
});
