// Goal: what cannot be done is refused with the exit code of the design, naming the value, and changes nothing.
// Method: the executable with wrong words, wrong settings and wrong folders.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";

import { openStore } from "#storage";
import { type BlackBox, openBlackBox } from "#test/black-box";

let box: BlackBox;

beforeAll(async () => {
  box = openBlackBox();
  await box.run(["init", "--profile", "test"]);
});

afterAll(() => box[Symbol.asyncDispose]());

function changeConfig(
  change: (config: Record<string, Record<string, unknown>>) => void,
): () => void {
  const path = join(box.data, "service.json");
  const before = readFileSync(path, "utf8");
  const config = JSON.parse(before);
  change(config);
  writeFileSync(path, JSON.stringify(config));
  return () => writeFileSync(path, before);
}

describe("wrong usage exits 2", () => {
  test.each([
    [["pin", "adds"], 'did you mean "pin add"'],
    [["stauts"], 'did you mean "status"'],
    [["add", "--recursve", "x"], "did you mean --recursive"],
    [
      ["add", "--cid-version", "one", "x"],
      'flag --cid-version: expected a whole number, got "one"',
    ],
    [["add", "--expire-in", "soon", "x"], "flag --expire-in"],
    [["add"], "missing argument PATH"],
    [["version", "extra"], 'unexpected argument "extra"'],
    [["--host", "nowhere", "id"], "flag --host: expected a multiaddr"],
    [["status", "--filter", "pind"], "did you mean pinned"],
    [["--enc", "yaml", "id"], "expected one of text, json"],
    [["completion", "tcsh"], "expected bash, zsh or fish"],
    [[], "no command"],
  ])("%j", async (words, text) => {
    const { code, stdout, stderr } = await box.run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
  });
});

describe("what cannot be done exits 1", () => {
  test("a command for a peer that does not run", async () => {
    const { code, stderr } = await box.run(["id"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`no peer runs in ${box.data}`);
  });

  test("an init of a folder that is initialised, and of an unknown profile", async () => {
    const again = await box.run(["init"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("service.json exists already");
    const wrong = await box.run(["init", "--data", "other", "--profile", "tset"]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('unknown profile "tset"');
    expect(existsSync(box.path("other"))).toBe(false);
  });

  test("a daemon of a folder that was never initialised", async () => {
    const { code, stderr } = await box.run(["daemon", "--data", "nothing"]);
    expect(code).toBe(1);
    expect(stderr).toContain("--init");
    expect(existsSync(box.path("nothing"))).toBe(false);
  });

  test("an unknown key in one of our own sections", async () => {
    const restore = changeConfig((config) =>
      Object.assign(config["ipfs"] ?? {}, { storage_maxx: 1 }),
    );
    const { code, stderr } = await box.run(["daemon"]);
    restore();
    expect(code).toBe(1);
    expect(stderr).toContain('ipfs.storage_maxx: unknown key, did you mean "storage_max"?');
  });

  test("a wrong value in the environment", async () => {
    const { code, stderr } = await box.run(["daemon"], { env: { PINFOLD_STORE_ENGINE: "sql" } });
    expect(code).toBe(1);
    expect(stderr).toContain("PINFOLD_STORE_ENGINE");
  });

  test("a port that is taken", async () => {
    await using taken = await listen();
    const address = `/ip4/127.0.0.1/tcp/${taken.port}`;
    const restore = changeConfig((config) =>
      Object.assign(config["gateway"] ?? {}, { listen_multiaddress: address }),
    );
    const { code, stdout, stderr } = await box.run(["daemon"]);
    restore();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(address);
    expect(stderr).toContain("gateway.listen_multiaddress");
    expect(existsSync(join(box.data, "run", "addresses.json"))).toBe(false);
  });

  test("a second daemon on the same folder, and a rebuild of its index", async () => {
    const daemon = await box.start();
    const second = await box.run(["daemon"]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("another process is using it, the peer with process id");
    expect((await box.run(["repo", "rebuild-index"])).code).toBe(1);
    expect((await box.run(["id"])).code).toBe(0);
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  }, 30_000);

  test("a path that is not there, and a folder without -r, leave nothing behind", async () => {
    const daemon = await box.start();
    const missing = await box.run(["add", "pinfold", "missing"]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("missing: no such file or directory");
    const folder = await box.run(["add", "data"]);
    expect(folder.stderr).toContain("use -r");
    expect((await box.run(["pin", "ls"])).stdout).toBe("");
    await daemon.stop();
  }, 30_000);

  test("a data folder of a newer format", async () => {
    const { path } = { path: box.path("newer") };
    await box.run(["init", "--data", path, "--profile", "test"]);
    {
      await using store = await openStore(path, { engine: "log", storageMaxBytes: 1e9 });
      const format = Buffer.from("store.format");
      await store.keyspace("meta").put(format, Buffer.from("99"));
    }
    const { code, stderr } = await box.run(["daemon", "--data", path]);
    expect(code).toBe(1);
    expect(stderr).toContain("it has format 99");
  });
});

test("an addresses.json that a killed process left misleads nobody", async () => {
  const daemon = await box.start();
  await daemon.stop("SIGKILL");
  expect(existsSync(join(box.data, "run", "addresses.json"))).toBe(true);
  expect((await box.run(["id"])).stderr).toContain("no peer runs");
  const next = await box.start();
  expect(await next.stop("SIGHUP")).toMatchObject({ code: 0 });
}, 30_000);

async function listen(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
  };
}
