// Goal: files come over HTTP as the gateway specifications say: heads, ranges, preconditions; no block is read that need not be.
// Method: a real listener over blocks in memory that count reads.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { sha256 } from "multiformats/hashes/sha2";

import { CID, codec } from "#model";
import { buildTree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";
import { big, openGateway, openTestGateway, type TestGateway } from "#test/test-gateway";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openTestGateway();
});

afterAll(() => gateway[Symbol.asyncDispose]());

describe("a file", () => {
  test("comes with its type, tag, caching, path, roots and hash", async () => {
    const answer = await gateway.get("/a.txt");
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("hello\n");
    const hash = String(answer.headers.get("ipfs-hash"));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=29030400, immutable",
      "content-length": "6",
      "content-type": "text/plain; charset=utf-8",
      etag: expect.stringMatching(/^"\w+"$/),
      "x-ipfs-path": `/ipfs/${gateway.root}/a.txt`,
      "x-ipfs-roots": `${CID.parse(gateway.root).toV1().toString()},${hash}`,
    });
  });

  test("is the same the second time, from one block", async () => {
    const first = await gateway.get("/a.txt");
    gateway.blocks.reads.length = 0;
    const second = await gateway.get("/a.txt");
    expect(gateway.blocks.reads).toHaveLength(1);
    expect(headersOf(second)).toEqual(headersOf(first));
    expect(await second.text()).toBe("hello\n");
  });

  test.each(["/a.txt", "/big.bin", "/bignoext", "/empty", "/link", "/site/", "/ą/", "/page.json"])(
    "%s has the same head for HEAD",
    async (path) => {
      const [head, whole] = [await gateway.get(path, { method: "HEAD" }), await gateway.get(path)];
      expect(head.status).toBe(whole.status);
      expect(headersOf(head)).toEqual(headersOf(whole));
      expect(await head.text()).toBe("");
    },
  );

  test("of many blocks is whole, and HEAD reads its root alone", async () => {
    expect(Buffer.from(await (await gateway.get("/big.bin")).arrayBuffer()).equals(big)).toBe(true);
    gateway.blocks.reads.length = 0;
    await gateway.get("/big.bin", { method: "HEAD" });
    expect(gateway.blocks.reads.length).toBeLessThanOrEqual(1);
  });

  test("has its name from ?filename=, and is saved with ?download=true", async () => {
    const named = await gateway.get("/a.txt?filename=t%D0%B5.png");
    expect(named.headers.get("content-type")).toBe("image/png");
    expect(named.headers.get("content-disposition")).toBe(
      "inline; filename=\"t_.png\"; filename*=UTF-8''t%D0%B5.png",
    );
    const saved = await gateway.get("/a.txt?download=true");
    expect(saved.headers.get("content-disposition")).toStartWith('attachment; filename="a.txt"');
  });

  test("that is a symlink is its target", async () => {
    const answer = await gateway.get("/link");
    expect(answer.headers.get("content-type")).toBe("inode/symlink");
    expect(await answer.text()).toBe("a.txt");
  });

  test("as JSON has to be JSON", async () => {
    const json = { headers: { accept: "application/json" } };
    const answer = await gateway.get("/page.json", json);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("content-location")).toBe(
      `/ipfs/${gateway.root}/page.json?format=json`,
    );
    expect((await gateway.get("/a.txt", json)).status).toBe(406);
  });

  test("whose block goes missing half-way breaks the connection", async () => {
    const content = Buffer.alloc(5_000_000);
    for (let at = 0; at < content.length; at += 262_144) content.writeUInt32LE(at, at);
    const partial = new MemoryBlocks();
    const cid = await buildTree(partial, { f: content });
    const last = content.subarray(content.length - (content.length % 262_144));
    partial.blocks.delete(CID.create(1, codec.raw, await sha256.digest(last)).toString());
    await using listener = await openGateway(partial);
    const at = `${listener.url}/ipfs/${cid.toString()}/f`;
    const cut = await fetch(at);
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
    const early = await range(at, "bytes=10-899");
    expect([early.status, (await early.arrayBuffer()).byteLength]).toEqual([206, 890]);
    expect((await range(at, "bytes=-10")).status).toBe(404);
  });

  test("without an extension is not looked into for its type, where the range leaves its start out", async () => {
    const cid = await buildTree(gateway.blocks, { f: big }, { chunkBytes: 100 });
    const at = `${gateway.listener.url}/ipfs/${cid.toString()}/f`;
    await range(at, "bytes=0-0");
    gateway.blocks.reads.length = 0;
    const answer = await range(at, "bytes=500-599");
    expect(gateway.blocks.reads).toHaveLength(2);
    expect(answer.headers.has("content-range")).toBe(true);
  });
});

describe("ranges", () => {
  test.each([
    ["bytes=0-2", "bytes 0-2/1000", 1],
    ["bytes=100-199", "bytes 100-199/1000", 1],
    ["bytes=199-200", "bytes 199-200/1000", 2],
    ["bytes=-1", "bytes 999-999/1000", 1],
    ["bytes=990-", "bytes 990-999/1000", 1],
    ["bytes=950-5000", "bytes 950-999/1000", 1],
  ])("%s reads the root and the leaves it needs", async (header, contentRange, leaves) => {
    await gateway.get("/big.bin", { method: "HEAD" });
    gateway.blocks.reads.length = 0;
    const answer = await range(gateway.urlOf("/big.bin"), header);
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(contentRange);
    const [start = 0, end = 0] = contentRange.slice(6).split(/[-/]/).map(Number);
    const body = Buffer.from(await answer.arrayBuffer());
    expect(body.equals(big.subarray(start, end + 1))).toBe(true);
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(gateway.blocks.reads).toHaveLength(1 + leaves);
  });

  test("several come as multipart with an exact length", async () => {
    const answer = await range(gateway.urlOf("/big.bin"), "bytes=500-501, 0-1");
    expect(answer.status).toBe(206);
    const type = String(answer.headers.get("content-type"));
    const boundary = type.slice("multipart/byteranges; boundary=".length);
    const body = Buffer.from(await answer.arrayBuffer()).toString("latin1");
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(body.split(`--${boundary}`)).toHaveLength(4);
    expect(body).toContain("Content-Range: bytes 500-501/1000\r\n\r\n\xf9\xfa\r\n");
  });

  test("outside are 416, malformed 400, and on nothing ignored", async () => {
    const outside = await range(gateway.urlOf("/a.txt"), "bytes=6-");
    expect(outside.status).toBe(416);
    expect(outside.headers.get("content-range")).toBe("bytes */6");
    expect((await range(gateway.urlOf("/a.txt"), "bytes=2-1")).status).toBe(400);
    expect((await range(gateway.urlOf("/empty"), "bytes=0-1")).status).toBe(200);
  });

  test("count only while If-Range holds", async () => {
    const etag = String((await gateway.get("/a.txt")).headers.get("etag"));
    const ask = (ifRange: string) =>
      gateway.get("/a.txt", { headers: { range: "bytes=0-1", "if-range": ifRange } });
    expect((await ask(etag)).status).toBe(206);
    expect((await ask('"x"')).status).toBe(200);
    expect((await ask(`W/${etag}`)).status).toBe(200);
  });

  test("work on raw blocks and index pages", async () => {
    const raw = await range(gateway.urlOf("/a.txt?format=raw"), "bytes=1-2");
    expect([raw.status, await raw.text()]).toEqual([206, "el"]);
    const index = await range(gateway.urlOf("/site/"), "bytes=3-");
    expect([index.status, await index.text()]).toEqual([206, "home"]);
  });
});

describe("preconditions", () => {
  test("a matching tag is answered 304 without a body, from lists and weak forms too", async () => {
    const etag = String((await gateway.get("/a.txt")).headers.get("etag"));
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const answer = await gateway.get("/a.txt", { headers: { "if-none-match": tag } });
      expect(answer.status).toBe(304);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.headers.get("cache-control")).toContain("immutable");
      expect(answer.headers.get("x-ipfs-path")).toBe(`/ipfs/${gateway.root}/a.txt`);
    }
    expect((await gateway.get("/a.txt", { headers: { "if-none-match": '"x"' } })).status).toBe(200);
    expect((await gateway.get("/a.txt", { headers: { "if-match": '"x"' } })).status).toBe(412);
  });

  test("a bare CID is compared without touching storage", async () => {
    gateway.blocks.reads.length = 0;
    const elsewhere = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am";
    const answer = await gateway.fetch(`/ipfs/${elsewhere}`, {
      headers: { "if-none-match": `"${elsewhere}"` },
    });
    expect(answer.status).toBe(304);
    expect(gateway.blocks.reads).toEqual([]);
  });

  test("the tag of a listing is its own", async () => {
    const page = await gateway.get("/");
    const tag = String(page.headers.get("etag"));
    expect(tag).toStartWith('"DirIndex-');
    const again = await gateway.get("/", { headers: { "if-none-match": tag } });
    expect(again.status).toBe(304);
    const json = await gateway.get("/", {
      headers: { "if-none-match": tag, accept: "application/json" },
    });
    expect(json.status).toBe(200);
  });

  test("only-if-cached is 412 for what is not here", async () => {
    const headers = { "cache-control": "no-transform, only-if-cached" };
    expect((await gateway.get("/a.txt", { headers })).status).toBe(200);
    const missing = "QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN";
    for (const method of ["GET", "HEAD"]) {
      const answer = await gateway.fetch(`/ipfs/${missing}`, { method, headers });
      expect(answer.status).toBe(412);
    }
  });
});

function range(at: string, header: string): Promise<Response> {
  return fetch(at, { headers: { range: header } });
}

function headersOf(answer: Response): Record<string, string> {
  const { date: _, "transfer-encoding": __, ...headers } = Object.fromEntries(answer.headers);
  return headers;
}
