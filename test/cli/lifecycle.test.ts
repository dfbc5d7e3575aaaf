// Goal: the main job, from outside. Method: the executable alone in an empty folder, a real tree of files, the gateway
// read by fetch, a stop, a second start.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type BlackBox, fetchBytes, openBlackBox } from "#test/black-box";

let box: BlackBox;
const files = new Map<string, Uint8Array>();

beforeAll(async () => {
  box = openBlackBox();
  expect((await box.run(["init", "--profile", "test"])).code).toBe(0);
  files.set("a.txt", Buffer.from("a\n"));
  files.set("empty", Buffer.alloc(0));
  files.set("sub/big", randomBytes(3_000_000));
  files.set("sub/deep/ünï cöde #1?.bin", randomBytes(300_000));
  for (let index = 0; index < 200; index += 1) files.set(`many/${index}`, Buffer.from(`${index}`));
  for (const [name, bytes] of files) {
    const path = join(box.folder, "tree", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, bytes);
  }
  symlinkSync("a.txt", box.path("tree", "link"));
  writeFileSync(box.path("tree", ".hidden"), "not added");
});

afterAll(() => box[Symbol.asyncDispose]());

describe("one peer from an empty folder", () => {
  test("adds a folder, pins it, serves it, and has it all after a second start", async () => {
    const first = await box.start();
    expect(first.lines.at(-1)).toBe("ready");

    const added = await box.run(["add", "-r", "tree"]);
    expect(added.stderr).toBe("");
    expect(added.code).toBe(0);
    expect(added.stdout).toContain(" tree/link\n");
    expect(added.stdout).not.toContain("hidden");
    const root = (await box.run(["add", "-rQ", "tree"])).stdout.trim();
    expect(added.stdout).toEndWith(`added ${root} tree\n`);

    const status = await box.run(["status", root]);
    expect(status.stdout).toMatch(new RegExp(`^${root}:\n    > .* : PINNED \\|`));
    await expectFiles(first.addresses.gateway, root);

    expect(await first.stop()).toMatchObject({ code: 0 });
    expect(existsSync(join(box.data, "run", "addresses.json"))).toBe(false);

    const second = await box.start();
    expect((await box.run(["status", root])).stdout).toContain("PINNED");
    await expectFiles(second.addresses.gateway, root);
    const verified = await box.run(["repo", "verify"]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(await second.stop("SIGINT")).toMatchObject({ code: 0 });
  }, 60_000);

  test("answers the commands about its repository without a running peer", async () => {
    const daemon = await box.start();
    await box.run(["add", "-r", "tree"]);
    await daemon.stop();
    const verified = await box.run(["repo", "verify"]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(verified.stdout).toMatch(/all \d+ blocks validated/);
    const rebuilt = await box.run(["repo", "rebuild-index"]);
    expect(rebuilt.stdout).toMatch(/^indexed \d+ blocks in \d+ segments\n$/);
    const stat = await box.run(["repo", "stat", "--enc=json"]);
    const blocks = Number(/indexed (\d+)/.exec(rebuilt.stdout)?.[1]);
    expect(JSON.parse(stat.stdout).NumObjects).toBe(blocks);
    expect((await box.run(["status"])).code).toBe(1);
  }, 30_000);
});

async function expectFiles(gateway: string, root: string): Promise<void> {
  for (const [name, bytes] of files) {
    const path = name.split("/").map(encodeURIComponent).join("/");
    const got = await fetchBytes(`${gateway}/ipfs/${root}/${path}`);
    expect(Buffer.compare(got, bytes), name).toBe(0);
  }
}

describe("reading commands", () => {
  test("cat, get and ls give back what was added", async () => {
    const daemon = await box.start();
    const root = (await box.run(["add", "-rQ", "tree"])).stdout.trim();
    expect((await box.run(["cat", `${root}/a.txt`])).stdout).toBe("a\n");
    expect((await box.run(["cat", "-o", "1", "-l", "1", `/ipfs/${root}/a.txt`])).stdout).toBe("\n");

    const listed = await box.run(["ls", root]);
    expect(listed.stdout).toContain(" 0 empty\n");
    expect(listed.stdout).toContain(" - sub/\n");

    expect(await box.run(["get", root, "-o", "copy"])).toMatchObject({
      code: 0,
      stdout: "Saving file(s) to copy\n",
      stderr: "",
    });
    for (const [name, bytes] of files) {
      expect(Buffer.compare(readFileSync(box.path("copy", name)), bytes), name).toBe(0);
    }
    expect(readFileSync(box.path("copy", "link"), "utf8")).toBe("a\n");
    const again = await box.run(["get", root, "-o", "copy"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("exists already");

    const missing = await box.run(["get", `${root}/nope`]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("nope");
    expect(existsSync(box.path("nope"))).toBe(false);
    await daemon.stop();
  }, 60_000);

  test("stdin is added, under a name or without", async () => {
    const daemon = await box.start();
    const plain = await box.run(["add", "-Q", "-"], { stdin: "hello world\n" });
    expect(plain.stdout).toBe("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o\n");
    const named = await box.run(["add", "--stdin-name", "x", "-"], { stdin: "hello world\n" });
    expect(named.stdout).toBe("added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o x\n");
    await daemon.stop();
  }, 30_000);

  test("pins come and go, and what the API answered is printed as JSON", async () => {
    const daemon = await box.start(["--offline"]);
    const cid = (await box.run(["add", "-Q", "--no-pin", "-"], { stdin: "once\n" })).stdout.trim();
    expect((await box.run(["pin", "ls", cid])).stderr).toContain("Code: 404");
    const unknown = await box.run(["--enc=json", "pin", "ls", cid]);
    expect([unknown.code, JSON.parse(unknown.stdout).code]).toEqual([1, 404]);
    expect((await box.run(["pin", "add", "--name", "one", cid])).stdout).toContain(" : PINNED |");
    const pin = JSON.parse((await box.run(["--enc=json", "pin", "ls", cid])).stdout);
    expect(pin).toMatchObject({ cid, name: "one", mode: "recursive" });
    expect((await box.run(["pin", "rm", cid])).stdout).toContain(" : UNPINNED |");
    const collected = await box.run(["repo", "gc", "-q"]);
    expect(collected.code).toBe(0);
    expect(collected.stdout.trim().split("\n").length).toBeGreaterThan(0);
    expect((await box.run(["cat", "--data", box.data, cid])).code).toBe(1);
    await daemon.stop();
  }, 30_000);
});
