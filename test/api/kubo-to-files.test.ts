// Goal: `add?to-files` links what it adds into the tree of files as Kubo does, and what is linked is kept. Method: the
// answers of Kubo 0.44.0-dev to the same requests in the same order; then a collection and a restart.

import { describe, expect, test } from "bun:test";

import { files, KuboClient } from "#test/kubo-client";
import { openKuboStack } from "#test/kubo-stack";
import { makeTempFolder } from "#test/temp-folder";

const hello = files(["h.txt", "hello\n"]);
const cid = "QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN";
/** Of Kubo after the same adds. */
const rootAfterwards = "QmWmfxz89XHNApscgzzgQ4pVLwR2NuWFcrmPi5DXUfh2Cd";

const recorded = [
  ["/x", undefined],
  ["/x", `cannot put node in path "/x": directory already has entry by that name`],
  ["/nodir/x", `MFS destination parent "/nodir/x" "/nodir" does not exist: file does not exist`],
  ["/nodir/", `MFS destination directory "/nodir/" does not exist: file does not exist`],
  ["/", undefined],
  ["", `cannot put node in path "/h.txt": directory already has entry by that name`],
  ["/x/", `MFS destination "/x/" is not a directory`],
  ["/x/y", `cannot put node in path "/x/y": /x/ is not a directory`],
  ["/z&pin=false", undefined],
] as const;

describe("add?to-files", () => {
  test("answers and links as Kubo, and the tree outlives a collection and a restart", async () => {
    using folder = makeTempFolder();
    {
      await using stack = await openKuboStack(folder.path, { isOffline: true });
      const kubo = new KuboClient(stack.url);
      for (const [destination, problem] of recorded) {
        const { status, text, trailer } = await kubo.ask(`add?to-files=${destination}`, hello);
        expect(status).toBe(200);
        expect(JSON.parse(text)).toEqual({ Name: "h.txt", Hash: cid, Size: "14" });
        expect(trailer, destination).toBe(problem && `to-files: ${problem}`);
      }
      expect((await stack.ipfs.files.root()).toString()).toBe(rootAfterwards);
      await kubo.ask(`pin/rm?arg=${cid}`);
      await kubo.ask("repo/gc");
    }
    await using stack = await openKuboStack(folder.path, { isOffline: true });
    expect((await stack.ipfs.files.root()).toString()).toBe(rootAfterwards);
    const cat = await new KuboClient(stack.url).ask(`cat?arg=${rootAfterwards}/z`);
    expect(cat.text).toBe("hello\n");
  });

  test("takes only one entry for a destination that is a file", async () => {
    using folder = makeTempFolder();
    await using stack = await openKuboStack(folder.path, { isOffline: true });
    const two = files(["h.txt", "hello\n"], ["g.txt", "hello\n"]);
    const { trailer } = await new KuboClient(stack.url).ask("add?to-files=/q", two);
    expect(trailer).toBe(
      `to-files: MFS destination is a file: only one entry can be copied to "/q"`,
    );
    expect(await stack.ipfs.files.stat(["q"])).toMatchObject({ type: "file", sizeBytes: 6 });
  });

  test("refuses a path without a leading slash before anything is added", async () => {
    using folder = makeTempFolder();
    await using stack = await openKuboStack(folder.path, { isOffline: true });
    const kubo = new KuboClient(stack.url);
    expect(await kubo.message("add?to-files=x", hello)).toBe(
      "to-files: paths must start with a leading slash",
    );
    expect((await stack.ipfs.blocks.stat()).blocks).toBe(0);
  });

  test("replaces directories on the way without losing their other entries", async () => {
    using folder = makeTempFolder();
    await using stack = await openKuboStack(folder.path, { isOffline: true });
    const kubo = new KuboClient(stack.url);
    const tree = files(["d/sub/a", "a"], ["d/b", "b"]);
    await kubo.ask("add?to-files=/", tree);
    const { trailer } = await kubo.ask("add?to-files=/d/sub/", hello);
    expect(trailer).toBeUndefined();
    for (const path of [
      ["d", "sub", "a"],
      ["d", "b"],
      ["d", "sub", "h.txt"],
    ]) {
      expect(await stack.ipfs.files.stat(path)).toMatchObject({ type: "file" });
    }
  });
});
