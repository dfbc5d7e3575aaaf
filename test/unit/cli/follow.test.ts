// Goal: ipfs-cluster-follow lists the clusters that are followed. Method: its command line in this process, on temporary folders.

import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { capturedRun } from "#test/captured-run";
import { makeTempFolder } from "#test/temp-folder";

import { runFollow } from "../../../src/cli/follow/index.ts";

test("clusters with a configuration are listed, and how to begin without any", async () => {
  using temp = makeTempFolder();
  const run = () => capturedRun(runFollow, ["--config", join(temp.path, "clusters")]);
  const first = await run();
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toStartWith("\nNo clusters configured yet!\n");
  for (const name of ["good", "other"])
    mkdirSync(join(temp.path, "clusters", name), { recursive: true });
  writeFileSync(join(temp.path, "clusters", "good", "service.json"), "{}");
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toStartWith("Configurations found for 1 follower peers.");
  expect(stdout).toContain('\nipfs-cluster-follow "good"\n');
});

test("a folder that cannot be read is not taken for an empty one", async () => {
  using temp = makeTempFolder();
  const file = join(temp.path, "file");
  writeFileSync(file, "");
  expect(await capturedRun(runFollow, ["--config", file])).toEqual({
    code: 1,
    stdout: "",
    stderr: `reading ${file}: not a directory\n`,
  });
});

test("a command on a cluster says that it comes later", async () => {
  const { code, stderr } = await capturedRun(runFollow, ["some", "run"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "ipfs-cluster-follow some run comes with clusters of several peers\n",
  });
});
