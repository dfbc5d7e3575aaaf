// Goal: ipfs-cluster-ctl adds what the real one adds. Method: paths in a temporary folder, and what becomes of them.

import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { makeTempFolder } from "#test/temp-folder";

import { checkPaths, entriesOf } from "../../../src/cli/ctl/upload.ts";

test("a link to a folder stays a link, with a slash after it too", async () => {
  using temp = makeTempFolder();
  mkdirSync(join(temp.path, "folder"));
  writeFileSync(join(temp.path, "folder", "a.txt"), "a");
  symlinkSync("folder", join(temp.path, "link"));
  const options = { isRecursive: false, hasHidden: false, isByReference: false };
  const { signal } = new AbortController();
  for (const path of [join(temp.path, "link"), `${temp.path}/link/`, `${temp.path}//link//`]) {
    await checkPaths([path], options);
    const entries = await Array.fromAsync(entriesOf([path], { ...options, signal }));
    expect(entries).toEqual([{ path: "link", type: "symlink", target: "folder" }]);
  }
});
