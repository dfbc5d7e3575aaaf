// Goal: pinfold has the cluster's commands with ipfs-cluster-ctl's texts. Method: both command lines in this process, against
// the REST API of a peer in this process.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { capturedRun } from "#test/captured-run";
import { openNodeStack } from "#test/node-stack";
import { openRestStack } from "#test/rest-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { runCtl } from "../../../src/cli/ctl/index.ts";
import { runCli } from "../../../src/cli/run-cli.ts";

const stack = new AsyncDisposableStack();
let folder: TempFolder;
let url: string;
let pinned: string;

beforeAll(async () => {
  folder = makeTempFolder();
  const node = stack.use(await openNodeStack(join(folder.path, "data")));
  ({ url } = stack.use(await openRestStack(node)));
  await writeFile(join(folder.path, "a.txt"), "a\n");
  const added = await pinfold("add", "-Q", "--name", "first", join(folder.path, "a.txt"));
  pinned = added.stdout.trim();
});

afterAll(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

function pinfold(...words: readonly string[]) {
  return capturedRun(runCli, ["--host", url, ...words]);
}

function ctl(...words: readonly string[]) {
  const { hostname, port } = new URL(url);
  return capturedRun(runCtl, ["--host", `/ip4/${hostname}/tcp/${port}`, ...words]);
}

/** Without what changes from one moment to the next. */
function still({ code, stdout }: { readonly code: number; readonly stdout: string }): object {
  return { code, stdout: stdout.trimEnd().replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME") };
}

describe("pinfold prints as ipfs-cluster-ctl", () => {
  test.each([
    "id",
    "peers ls",
    "pin ls",
    "--enc json pin ls",
    "status",
    "--enc json status",
    "health graph",
    "health metrics",
    "--enc json health metrics",
    "health metrics nothing",
    "health alerts",
    "--enc json health alerts",
    "health bandwidth",
    "recover",
    "ipfs gc",
    "--enc json ipfs gc --local",
  ])("%s", async (line) => {
    const words = line.split(" ");
    expect(still(await pinfold(...words))).toEqual(still(await ctl(...words)));
  });

  test("what is about one CID", async () => {
    for (const command of ["status", "recover", "pin ls"]) {
      const words = [...command.split(" "), pinned];
      expect(still(await pinfold(...words))).toEqual(still(await ctl(...words)));
    }
  });
});

test("pin update gives another CID the options of the first", async () => {
  await writeFile(join(folder.path, "b.txt"), "b\n");
  const added = await pinfold("add", "-Q", "--no-pin", join(folder.path, "b.txt"));
  const cid = added.stdout.trim();
  const updated = await pinfold("pin", "update", pinned, cid);
  expect(updated.stdout).toStartWith(`${cid} | first:\n`);
  expect(updated.stdout).toContain(": PINNED | ");
  expect((await pinfold("pin", "ls", "-q")).stdout.split("\n")).toContain(pinned);
  expect((await pinfold("pin", "update", "x", cid)).code).toBe(2);
});

test("a graph can be saved", async () => {
  const file = join(folder.path, "graph.dot");
  expect(await pinfold("health", "graph", "--file", file)).toMatchObject({ code: 0, stdout: "" });
  expect(await readFile(file, "utf8")).toStartWith("digraph cluster {\n");
});

test("a member that cannot be removed is an error of the API", async () => {
  const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";
  const removed = await pinfold("peers", "rm", peer);
  expect(removed.code).toBe(1);
  expect(removed.stderr).toContain("crdt consensus component cannot remove peers");
  expect((await pinfold("peers", "rm", "nobody")).code).toBe(2);
});
