// Goal: addresses.json counts only while its peer lives. Method: real locks by this process, a file of a process that is
// gone, broken files.

import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

import { dataFolderAt, readRunFile } from "#peer";
import { openStore } from "#storage";
import { makeTempFolder } from "#test/temp-folder";

import { removeRunFile, writeRunFile } from "../../../src/peer/run-file.ts";

const content = { pid: process.pid, id: "12D3a", ipfs_id: "12D3b", rest: "http://127.0.0.1:9094" };

describe("a run file", () => {
  test("counts while its process holds the folder", async () => {
    using temporary = makeTempFolder();
    const folder = dataFolderAt(temporary.path);
    {
      await using stack = new AsyncDisposableStack();
      stack.use(await openStore(folder.path, { engine: "log", storageMaxBytes: 1e9 }));
      await writeRunFile(folder, content);
      expect(await readRunFile(folder)).toEqual(content);
      await removeRunFile(folder);
      expect(await readRunFile(folder)).toBeUndefined();
      await writeRunFile(folder, content);
    }
    // the process lives on, the lock is gone: some other program may have the number by now
    if (process.platform === "linux") expect(await readRunFile(folder)).toBeUndefined();
  });

  test("of a process that is gone does not count", async () => {
    using temporary = makeTempFolder();
    const folder = dataFolderAt(temporary.path);
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await writeRunFile(folder, { ...content, pid });
    expect(await readRunFile(folder)).toBeUndefined();
  });

  test.each(["", "{", "[]", '{"pid":"1","id":"a","ipfs_id":"b"}', '{"pid":1}'])(
    "that holds %j does not count",
    async (text) => {
      using temporary = makeTempFolder();
      const folder = dataFolderAt(temporary.path);
      mkdirSync(`${folder.path}/run`);
      writeFileSync(folder.addressesPath, text);
      expect(await readRunFile(folder)).toBeUndefined();
    },
  );
});
