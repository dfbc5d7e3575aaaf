// Goal: CARs come in from any tool and go out as Kubo writes them; damaged ones are told apart in Kubo's words.
// Method: a CAR that Kubo made, CARs written by @ipld/car, and damaged copies of them.

import { describe, expect, test } from "bun:test";

import { CarWriter } from "@ipld/car";
import * as dagCbor from "@ipld/dag-cbor";

import { exportCar, readCar, type ReadCarOptions } from "#dag";
import { type Block, type CID, parseCid } from "#model";
import { putDirectory, putRaw } from "#test/handmade-dag";
import { loadKuboTree } from "#test/kubo-tree";
import { MemoryBlocks } from "#test/memory-blocks";
import { inPieces } from "#test/pieces";

const whole = (bytes: Uint8Array) => inPieces(bytes, [Math.max(1, bytes.length)]);

async function readAll(bytes: Uint8Array, options?: ReadCarOptions) {
  const car = await readCar(whole(bytes), options);
  return { ...car, blocks: await Array.fromAsync(car.blocks) };
}

async function writeCar(roots: CID[], blocks: readonly Block[]): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(roots);
  const collected = Array.fromAsync(out);
  for (const block of blocks) await writer.put(block);
  await writer.close();
  return Buffer.concat(await collected);
}

/** A CARv2 around a CARv1, with padding in front and an index behind that nobody reads. */
function version2(inner: Uint8Array, sizes: { offset?: number; size?: number } = {}): Uint8Array {
  const header = new DataView(new ArrayBuffer(40));
  header.setBigUint64(16, BigInt(sizes.offset ?? 61), true);
  header.setBigUint64(24, BigInt(sizes.size ?? inner.length), true);
  header.setBigUint64(32, BigInt(61 + inner.length), true);
  const pragma = dagCbor.encode({ version: 2 });
  const padding = new Uint8Array(61 - 1 - pragma.length - 40).fill(9);
  const parts = [Uint8Array.of(pragma.length), pragma, new Uint8Array(header.buffer), padding];
  return Buffer.concat([...parts, inner, Buffer.from("an index")]);
}

describe("readCar", () => {
  test("reads what Kubo exported", async () => {
    const { car, blocks, root } = await loadKuboTree();
    const read = await readAll(car);
    expect(read.version).toBe(1);
    expect(read.roots.map(String)).toEqual([root.toString()]);
    expect(read.blocks).toHaveLength(blocks.blocks.size);
    for (const { cid, bytes } of read.blocks) {
      expect(Buffer.compare(bytes, blocks.blocks.get(cid.toString()) ?? new Uint8Array())).toBe(0);
    }
  });

  test("reads a CARv2 up to the end of its data", async () => {
    const { car, blocks, root } = await loadKuboTree();
    const read = await readAll(version2(car));
    expect(read.version).toBe(2);
    expect(read.roots.map(String)).toEqual([root.toString()]);
    expect(read.blocks).toHaveLength(blocks.blocks.size);
  });

  test("takes several roots, none, and roots without blocks", async () => {
    const cids = ["QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", "bafkqaaa"].map(parseCid);
    expect((await readAll(await writeCar(cids, []))).roots.map(String)).toEqual(cids.map(String));
    expect((await readAll(await writeCar([], []))).roots).toEqual([]);
  });

  test("blocks are views of the pieces they lie in", async () => {
    const { car } = await loadKuboTree();
    const buffer = new Uint8Array(car);
    const { blocks } = await readCar(
      (async function* () {
        yield buffer;
      })(),
    );
    for await (const { bytes } of blocks) expect(bytes.buffer).toBe(buffer.buffer);
  });

  test("closes its input when the reader leaves, and when the header is bad", async () => {
    const { car } = await loadKuboTree();
    let closed = 0;
    const input = async function* (bytes: Uint8Array) {
      try {
        yield* whole(bytes);
      } finally {
        closed += 1;
      }
    };
    const read = await readCar(input(car));
    for await (const block of read.blocks) if (block.bytes.length > 0) break;
    await expect(readCar(input(Buffer.from("{}")))).rejects.toThrow();
    expect(closed).toBe(2);
  });
});

describe("a damaged CAR", () => {
  const header = 57;

  test("that ends too early is `unexpected EOF`, after the blocks before it", async () => {
    const { car } = await loadKuboTree();
    for (const length of [1, 20, header + 1, header + 20, header + 300, car.length - 1]) {
      await expect(readAll(car.subarray(0, length))).rejects.toMatchObject({
        code: "DAMAGED_CAR",
        message: "unexpected EOF",
      });
    }
    const { blocks } = await readCar(whole(car.subarray(0, car.length - 1)));
    let count = 0;
    const counted = (async () => {
      for await (const { bytes } of blocks) count += bytes.length > 0 ? 1 : 0;
    })();
    await expect(counted).rejects.toMatchObject({ after: expect.stringMatching(/^Qm/) });
    expect(count).toBe(84);
  });

  test("with other bytes than its CID names the block and its offset", async () => {
    const { car } = await loadKuboTree();
    const damaged = Uint8Array.from(car);
    damaged[header + 60] = (damaged[header + 60] ?? 0) ^ 1;
    const root = "QmXb8PYYJEHj4epZ24bFZZvvMZQPDRjETVQx8beKHcFmDi";
    await expect(readAll(damaged)).rejects.toMatchObject({ cid: root, offset: header });
    await expect(readAll(damaged)).rejects.toThrow(root);
  });

  // as `ipfs dag import` 0.44.0-dev words them; `{` is a header of 123 bytes
  test.each([
    ["", "EOF"],
    ['{"foo":"bar"}', "unexpected EOF"],
    ["{".repeat(300), /^invalid header: /],
    ["\0".repeat(300), /^invalid header: /],
    ["\xff".repeat(300), /^invalid header: /],
    ["\x0a\xa1gversion\x03", "invalid car version: 3"],
    ["\x0a\xa1gversion\x02", "unexpected EOF"],
  ])("%j is no CAR", async (text, message) => {
    await expect(readAll(Buffer.from(text, "latin1"))).rejects.toThrow(message);
  });

  test("whose section has no CID is told", async () => {
    const { car } = await loadKuboTree();
    const garbage = Buffer.concat([car.subarray(0, header), Buffer.from("\x05hello")]);
    const message = "invalid cid: expected 1 as the cid version number, got: 104";
    await expect(readAll(garbage)).rejects.toThrow(message);
    const padded = Buffer.concat([car, Buffer.alloc(3)]);
    await expect(readAll(padded)).rejects.toMatchObject({
      code: "DAMAGED_CAR",
      offset: car.length,
    });
  });

  test("of version 2 with impossible sizes is refused", async () => {
    const { car } = await loadKuboTree();
    const offset = "invalid data payload offset: 3";
    await expect(readAll(version2(car, { offset: 3 }))).rejects.toThrow(offset);
    const size = "invalid data payload size: 0";
    await expect(readAll(version2(car, { size: 0 }))).rejects.toThrow(size);
    const short = version2(car, { size: car.length - 5 });
    await expect(readAll(short)).rejects.toThrow("unexpected EOF");
  });

  test("with too large a block is refused before the block is read", async () => {
    const blocks = new MemoryBlocks();
    const big = putRaw(blocks, "x".repeat(5000));
    const bytes = blocks.blocks.get(big.toString()) ?? new Uint8Array();
    const car = await writeCar([big], [{ cid: big, bytes }]);
    const refused = { code: "BLOCK_TOO_LARGE" };
    await expect(readAll(car, { blockBytesMax: 4999 })).rejects.toMatchObject(refused);
    expect((await readAll(car, { blockBytesMax: 5000 })).blocks).toHaveLength(1);
    const announced = car.subarray(0, 200);
    await expect(readAll(announced, { blockBytesMax: 100 })).rejects.toMatchObject(refused);
  });
});

describe("exportCar", () => {
  test("writes the bytes that Kubo wrote", async () => {
    const { car, blocks, root } = await loadKuboTree();
    const pieces = await Array.fromAsync(exportCar(blocks, root));
    expect(Buffer.concat(pieces).equals(car)).toBe(true);
  });

  test("joins short blocks and passes long ones on", async () => {
    const blocks = new MemoryBlocks();
    const links = Array.from({ length: 1000 }, (_, index) => ({
      name: `${index}`,
      cid: putRaw(blocks, index % 500 === 499 ? `${index}`.repeat(50_000) : `${index}`),
    }));
    const pieces = await Array.fromAsync(exportCar(blocks, putDirectory(blocks, links)));
    expect(pieces.length).toBeLessThan(10);
    const stored = new Set(blocks.blocks.values());
    expect(pieces.filter((piece) => stored.has(piece))).toHaveLength(2);
    expect((await readAll(Buffer.concat(pieces))).blocks).toHaveLength(1001);
  });

  test("gives out what it has before a missing block ends it", async () => {
    const { blocks, root, car } = await loadKuboTree();
    const last = blocks.cids().at(-1)?.toString() ?? "";
    blocks.blocks.delete(last);
    const pieces: Uint8Array[] = [];
    const exported = (async () => {
      for await (const piece of exportCar(blocks, root)) pieces.push(piece);
    })();
    await expect(exported).rejects.toThrow(last);
    const written = Buffer.concat(pieces);
    expect(written.length).toBeGreaterThan(9000);
    expect(written.equals(car.subarray(0, written.length))).toBe(true);
  });
});
