// Goal: a pinset leaves a folder and comes into one as `ipfs-cluster-service` writes it, whole or not at all.
// Method: folders without a peer; files as the Go program writes them, and broken ones.

import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cidOf } from "#dag";
import { codec } from "#model";
import { dataFolderAt, type ImportOptions, type OfflineState, openOfflineState } from "#peer";
import { makeTempFolder } from "#test/temp-folder";

import { readValues } from "../../../src/peer/state/read-values.ts";

const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";
const pins = [
  '{"replication_factor_min":-1,"replication_factor_max":-1,"name":"hello","mode":"recursive","shard_size":0,"user_allocations":null,"expire_at":"0001-01-01T00:00:00Z","metadata":{"a":"\\u003cb\\u003e","lang":"en"},"pin_update":null,"origins":[],"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","type":"pin","allocations":[],"max_depth":-1,"reference":null,"timestamp":"2026-11-21T10:00:00Z"}',
  `{"replication_factor_min":1,"replication_factor_max":2,"name":"","mode":"direct","shard_size":100,"user_allocations":null,"expire_at":"2036-01-01T00:00:00Z","metadata":null,"pin_update":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","origins":["/ip4/1.2.3.4/tcp/4001/p2p/${peer}"],"cid":"bafkreibez6mxqiyinf7tyaiahu7e64zodhaztzjujs4t5n6vyvet6eu46m","type":"pin","allocations":["${peer}"],"max_depth":0,"reference":null,"timestamp":"0001-01-01T00:00:00Z"}`,
];
const file = pins.map((line) => `${line}\n`).join("");

async function withState<T>(
  folder: { readonly path: string },
  work: (state: OfflineState) => Promise<T>,
): Promise<T> {
  mkdirSync(folder.path, { recursive: true });
  writeFileSync(join(folder.path, "service.json"), "{}");
  await using state = await openOfflineState(dataFolderAt(folder.path));
  return await work(state);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37);
}

async function exported(state: OfflineState): Promise<string> {
  return (await Array.fromAsync(state.export())).join("");
}

const take = (state: OfflineState, text: string, options?: ImportOptions) =>
  state.import(bytesOf(text), options);

describe("state", () => {
  test("that was imported is exported as the same bytes, in the order of keys", async () => {
    using folder = makeTempFolder();
    const done = await withState(folder, (state) => take(state, file));
    expect(done).toEqual({ pins: 2 });
    const out = await withState(folder, exported);
    expect(out.split("\n").toSorted()).toEqual(file.split("\n").toSorted());
    const again = await withState(folder, async (state) => {
      await take(state, out);
      return exported(state);
    });
    expect(again).toBe(out);
  });

  test("takes the place of what was there, and cleanup leaves nothing", async () => {
    using folder = makeTempFolder();
    await withState(folder, async (state) => {
      await take(state, file);
      await take(state, `${pins[0]}`);
      expect(await exported(state)).toBe(`${pins[0]}\n`);
      await state.clear();
      expect(await exported(state)).toBe("");
      await take(state, `\n\n${pins[1]}\n`);
    });
    expect(await withState(folder, exported)).toBe(`${pins[1]}\n`);
  });

  test.each([
    ["nonsense", "invalid character 'o' in literal null (expecting 'u')"],
    [`${pins[1]}\n{"cid":`, "unexpected EOF"],
    [`${pins[1]}\n{"name":"x"}`, "a pin has no cid"],
    [`${pins[1]}\n[1]`, "json: cannot unmarshal array into Go value of type api.Pin"],
    [`{"cid":7}`, "json: cannot unmarshal number into Go struct field Pin.cid of type string"],
    [`{"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","type":"x"}`, "unknown pin type"],
    [
      `{"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","shard_size":-5}`,
      "json: cannot unmarshal number -5 into Go struct field Pin.shard_size of type uint64",
    ],
    [`{"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","origins":["x"]}`, "must start with"],
  ])("stays as it is when the file is %p", async (text, message) => {
    using folder = makeTempFolder();
    await withState(folder, async (state) => {
      await take(state, pins[0] ?? "");
      const taken = take(state, text);
      await expect(taken).rejects.toThrow(message);
      await expect(taken).rejects.toMatchObject({ code: "INVALID_STATE_FILE" });
      expect(await exported(state)).toBe(`${pins[0]}\n`);
    });
    expect(await withState(folder, exported)).toBe(`${pins[0]}\n`);
  });

  test("may be written over many lines, or several to a line, and with little in it", async () => {
    using folder = makeTempFolder();
    const cid = cidOf(codec.raw, Buffer.from("x")).toString();
    const spread = JSON.stringify(JSON.parse(pins[0] ?? ""), undefined, 2);
    const out = await withState(folder, async (state) => {
      await take(state, `${spread}${pins[1]} {"cid":"${cid}"}`);
      return exported(state);
    });
    expect(out).toContain(pins[0] ?? "");
    expect(out).toContain(pins[1] ?? "");
    expect(out).toContain(`"mode":"recursive","shard_size":0`);
    expect(out).toContain(`"cid":"${cid}","type":"pin","allocations":[],"max_depth":-1`);
  });

  test("is read as it comes, also when it is one line", async () => {
    const pin = JSON.stringify({ cid: "a", name: "b".repeat(1000) });
    const perPiece = 700;
    let pieces = 0;
    const source = (async function* () {
      for (; pieces < 10; pieces += 1) yield Buffer.from(pin.repeat(perPiece));
    })();
    let [values, waiting] = [0, 0];
    for await (const more of readValues(source)) {
      values += more.length;
      waiting = Math.max(waiting, Math.min(pieces + 1, 10) * perPiece - values);
    }
    expect(values).toBe(10 * perPiece);
    expect(waiting).toBeLessThanOrEqual(2 * perPiece);
  });

  test("takes factors and allocations that are asked for in the place of each pin's", async () => {
    using folder = makeTempFolder();
    const out = await withState(folder, async (state) => {
      const options = {
        replicationFactorMin: 1,
        replicationFactorMax: 2,
        allocations: [peer],
      };
      await take(state, pins[0] ?? "", options);
      return exported(state);
    });
    expect(out).toContain(`{"replication_factor_min":1,"replication_factor_max":2,`);
    expect(out).toContain(`"allocations":["${peer}"]`);
  });

  test("is refused while somebody has the folder, and without a configuration", async () => {
    using folder = makeTempFolder();
    await withState(folder, async () => {
      const second = openOfflineState(dataFolderAt(folder.path));
      await expect(second).rejects.toMatchObject({ code: "FOLDER_LOCKED" });
    });
    const nowhere = openOfflineState(dataFolderAt(join(folder.path, "nowhere")));
    await expect(nowhere).rejects.toMatchObject({ code: "NOT_INITIALIZED" });
  });
});
