// Goal: the path gateway answers GET, HEAD and OPTIONS as its specifications say, and reads no block that it need not.
// Method: a real listener over blocks in memory that count reads; each request by fetch, without a cache between tests.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";

import * as dagCbor from "@ipld/dag-cbor";
import { identity } from "multiformats/hashes/identity";
import { sha256 } from "multiformats/hashes/sha2";

import { withWellKnownBlocks } from "#dag";
import { gatewayHandler, type Listener, openListener } from "#http";
import { silentLogger, systemClock } from "#lib";
import { CID, codec } from "#model";
import { buildTree, type Tree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";

const blocks = new MemoryBlocks();
const big = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));
const tree: Tree = {
  "a.txt": "hello\n",
  "big.bin": big,
  bignoext: big,
  empty: "",
  link: "link:a.txt",
  "page.json": '{"a": [1]}',
  site: { "index.html": "<p>home", "b.css": "p{}" },
  ą: { ę: { "file-źł.txt": "źł" } },
  "<&\"'>": { x: "x" },
};
let listener: Listener;
let root: string;
let site: string;

beforeAll(async () => {
  root = (await buildTree(blocks, tree, { chunkBytes: 100 })).toString();
  listener = await open(blocks);
  site = String((await get("/site/", { method: "HEAD" })).headers.get("ipfs-hash"));
});

afterAll(() => listener[Symbol.asyncDispose]());

describe("a file", () => {
  test("comes with its type, tag, caching, path, roots and hash", async () => {
    const answer = await get("/a.txt");
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
      "x-ipfs-path": `/ipfs/${root}/a.txt`,
      "x-ipfs-roots": `${CID.parse(root).toV1().toString()},${hash}`,
    });
  });

  test("is the same the second time, from one block", async () => {
    const first = await get("/a.txt");
    blocks.reads.length = 0;
    const second = await get("/a.txt");
    expect(blocks.reads).toHaveLength(1);
    expect(headersOf(second)).toEqual(headersOf(first));
    expect(await second.text()).toBe("hello\n");
  });

  test.each(["/a.txt", "/big.bin", "/bignoext", "/empty", "/link", "/site/", "/ą/", "/page.json"])(
    "%s has the same head for HEAD",
    async (path) => {
      const [head, whole] = [await get(path, { method: "HEAD" }), await get(path)];
      expect(head.status).toBe(whole.status);
      expect(headersOf(head)).toEqual(headersOf(whole));
      expect(await head.text()).toBe("");
    },
  );

  test("of many blocks is whole, and HEAD reads its root alone", async () => {
    expect(Buffer.from(await (await get("/big.bin")).arrayBuffer()).equals(big)).toBe(true);
    blocks.reads.length = 0;
    await get("/big.bin", { method: "HEAD" });
    expect(blocks.reads.length).toBeLessThanOrEqual(1);
  });

  test("has its name from ?filename=, and is saved with ?download=true", async () => {
    const named = await get("/a.txt?filename=t%D0%B5.png");
    expect(named.headers.get("content-type")).toBe("image/png");
    expect(named.headers.get("content-disposition")).toBe(
      "inline; filename=\"t_.png\"; filename*=UTF-8''t%D0%B5.png",
    );
    const saved = await get("/a.txt?download=true");
    expect(saved.headers.get("content-disposition")).toStartWith('attachment; filename="a.txt"');
  });

  test("that is a symlink is its target", async () => {
    const answer = await get("/link");
    expect(answer.headers.get("content-type")).toBe("inode/symlink");
    expect(await answer.text()).toBe("a.txt");
  });

  test("as JSON has to be JSON", async () => {
    const json = { headers: { accept: "application/json" } };
    const answer = await get("/page.json", json);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("content-location")).toBe(`/ipfs/${root}/page.json?format=json`);
    expect((await get("/a.txt", json)).status).toBe(406);
  });

  test("whose block goes missing half-way breaks the connection", async () => {
    const content = Buffer.alloc(5_000_000);
    for (let at = 0; at < content.length; at += 262_144) content.writeUInt32LE(at, at);
    const partial = new MemoryBlocks();
    const cid = await buildTree(partial, { f: content });
    const last = content.subarray(content.length - (content.length % 262_144));
    partial.blocks.delete(CID.create(1, codec.raw, await sha256.digest(last)).toString());
    await using gateway = await open(partial);
    const at = `${gateway.url}/ipfs/${cid.toString()}/f`;
    const cut = await fetch(at);
    expect(cut.status).toBe(200);
    expect(cut.arrayBuffer()).rejects.toThrow();
    const early = await range(at, "bytes=10-899");
    expect([early.status, (await early.arrayBuffer()).byteLength]).toEqual([206, 890]);
    expect((await range(at, "bytes=-10")).status).toBe(404);
  });

  test("without an extension is not looked into for its type, where the range leaves its start out", async () => {
    const cid = await buildTree(blocks, { f: big }, { chunkBytes: 100 });
    const at = `${listener.url}/ipfs/${cid.toString()}/f`;
    await range(at, "bytes=0-0");
    blocks.reads.length = 0;
    const answer = await range(at, "bytes=500-599");
    expect(blocks.reads).toHaveLength(2);
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
    await get("/big.bin", { method: "HEAD" });
    blocks.reads.length = 0;
    const answer = await range(url("/big.bin"), header);
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(contentRange);
    const [start = 0, end = 0] = contentRange.slice(6).split(/[-/]/).map(Number);
    const body = Buffer.from(await answer.arrayBuffer());
    expect(body.equals(big.subarray(start, end + 1))).toBe(true);
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(blocks.reads).toHaveLength(1 + leaves);
  });

  test("several come as multipart with an exact length", async () => {
    const answer = await range(url("/big.bin"), "bytes=500-501, 0-1");
    expect(answer.status).toBe(206);
    const type = String(answer.headers.get("content-type"));
    const boundary = type.slice("multipart/byteranges; boundary=".length);
    const body = Buffer.from(await answer.arrayBuffer()).toString("latin1");
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(body.split(`--${boundary}`)).toHaveLength(4);
    expect(body).toContain("Content-Range: bytes 500-501/1000\r\n\r\n\xf9\xfa\r\n");
  });

  test("outside are 416, malformed 400, and on nothing ignored", async () => {
    const outside = await range(url("/a.txt"), "bytes=6-");
    expect(outside.status).toBe(416);
    expect(outside.headers.get("content-range")).toBe("bytes */6");
    expect((await range(url("/a.txt"), "bytes=2-1")).status).toBe(400);
    expect((await range(url("/empty"), "bytes=0-1")).status).toBe(200);
  });

  test("count only while If-Range holds", async () => {
    const etag = String((await get("/a.txt")).headers.get("etag"));
    const ask = (ifRange: string) =>
      get("/a.txt", { headers: { range: "bytes=0-1", "if-range": ifRange } });
    expect((await ask(etag)).status).toBe(206);
    expect((await ask('"x"')).status).toBe(200);
    expect((await ask(`W/${etag}`)).status).toBe(200);
  });

  test("work on raw blocks and index pages", async () => {
    const raw = await range(url("/a.txt?format=raw"), "bytes=1-2");
    expect([raw.status, await raw.text()]).toEqual([206, "el"]);
    const index = await range(url("/site/"), "bytes=3-");
    expect([index.status, await index.text()]).toEqual([206, "home"]);
  });
});

describe("preconditions", () => {
  test("a matching tag is answered 304 without a body, from lists and weak forms too", async () => {
    const etag = String((await get("/a.txt")).headers.get("etag"));
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const answer = await get("/a.txt", { headers: { "if-none-match": tag } });
      expect(answer.status).toBe(304);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.headers.get("cache-control")).toContain("immutable");
      expect(answer.headers.get("x-ipfs-path")).toBe(`/ipfs/${root}/a.txt`);
    }
    expect((await get("/a.txt", { headers: { "if-none-match": '"x"' } })).status).toBe(200);
    expect((await get("/a.txt", { headers: { "if-match": '"x"' } })).status).toBe(412);
  });

  test("a bare CID is compared without touching storage", async () => {
    blocks.reads.length = 0;
    const elsewhere = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am";
    const answer = await fetch(`${listener.url}/ipfs/${elsewhere}`, {
      headers: { "if-none-match": `"${elsewhere}"` },
    });
    expect(answer.status).toBe(304);
    expect(blocks.reads).toEqual([]);
  });

  test("the tag of a listing is its own", async () => {
    const page = await get("/");
    const tag = String(page.headers.get("etag"));
    expect(tag).toStartWith('"DirIndex-');
    const again = await get("/", { headers: { "if-none-match": tag } });
    expect(again.status).toBe(304);
    const json = await get("/", { headers: { "if-none-match": tag, accept: "application/json" } });
    expect(json.status).toBe(200);
  });

  test("only-if-cached is 412 for what is not here", async () => {
    const headers = { "cache-control": "no-transform, only-if-cached" };
    expect((await get("/a.txt", { headers })).status).toBe(200);
    const missing = "QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN";
    for (const method of ["GET", "HEAD"]) {
      const answer = await fetch(`${listener.url}/ipfs/${missing}`, { method, headers });
      expect(answer.status).toBe(412);
    }
  });
});

describe("a directory", () => {
  test("without its slash is moved there, query and encoding kept", async () => {
    const answer = await get("/%c4%85/ę?a=b%20c&d", { redirect: "manual" });
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(`/ipfs/${root}/%C4%85/%C4%99/?a=b%20c&d`);
  });

  test("is its index.html, unless noResolve", async () => {
    const index = await get("/site/");
    expect(index.headers.get("content-type")).toBe("text/html");
    expect(index.headers.get("etag")).toContain(String(cidText(index)));
    expect(index.headers.get("ipfs-hash")).toBe(site);
    expect(await index.text()).toBe("<p>home");
    const listing = await get("/site/?noResolve");
    expect(listing.headers.get("cache-control")).toContain("max-age=604800");
    expect(await listing.text()).toContain(">b.css</a>");
  });

  test("is listed as HTML with the links that the conformance suite compares", async () => {
    const text = await (await get("/ą/ę/")).text();
    const prefix = `/ipfs/${root}`;
    expect(text).toContain("Index of");
    expect(text).toContain(
      `/ipfs/<a href="${prefix}">${root}</a>/<a href="${prefix}/%C4%85">ą</a>/<a href="${prefix}/%C4%85/%C4%99">ę</a>`,
    );
    expect(text).toContain(`<a href="${prefix}/%C4%85/%C4%99/..">..</a>`);
    expect(text).toContain(
      `<a href="${prefix}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>`,
    );
    expect(text).toMatch(
      /<a class="ipfs-hash" translate="no" href="\/ipfs\/baf\w+\?filename=file-%25C5%25BA%25C5%2582.txt">/,
    );
    expect(await (await get("/")).text()).not.toContain(">..</a>");
  });

  test("shows names as text, whatever is in them", async () => {
    const text = await (await get("/")).text();
    expect(text).toContain("&lt;&amp;&quot;&#x27;&gt;</a>");
    expect(text).toContain("/%3C&amp;%22%27%3E");
    expect(text).not.toContain("<&");
  });

  test("is listed as JSON when that alone is asked for", async () => {
    const answer = await get("/", { headers: { accept: "application/json" } });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("vary")).toBe("Accept");
    const names: unknown = await answer.json();
    expect(names).toEqual(
      expect.arrayContaining(["a.txt", "site/", "ą/", "link", "empty", "big.bin"]),
    );
    expect(await (await get("/site/", { headers: { accept: "application/json" } })).text()).toBe(
      "<p>home",
    );
  });

  test.each([undefined, 4])(
    "that is empty or has 5000 entries is listed (shard bits %p)",
    async (shardBits) => {
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, "x"]));
      const cid = await buildTree(blocks, many, { shardBits });
      const answer = await fetch(`${listener.url}/ipfs/${cid.toString()}/?format=json`);
      const names: unknown = await answer.json();
      expect(Array.isArray(names) && names.toSorted()).toEqual(Object.keys(many).toSorted());
      const page = await (await fetch(`${listener.url}/ipfs/${cid.toString()}/`)).text();
      expect(page.split('class="ipfs-hash"')).toHaveLength(5002);
      const empty = await fetch(
        `${listener.url}/ipfs/bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354/?format=json`,
      );
      expect(await empty.json()).toEqual([]);
    },
  );
});

describe("blocks", () => {
  test("come raw by format and by Accept", async () => {
    for (const init of [{}, { headers: { accept: "application/vnd.ipld.raw" } }]) {
      const isByAccept = init.headers !== undefined;
      const answer = await get(isByAccept ? "/a.txt" : "/a.txt?format=raw", init);
      expect(await answer.text()).toBe("hello\n");
      const cid = cidText(answer);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": "application/vnd.ipld.raw",
        "content-disposition": expect.stringContaining(`attachment; filename="${cid}.bin"`),
        "x-content-type-options": "nosniff",
        etag: `"${cid}.raw"`,
      });
      expect(answer.headers.has("content-location")).toBe(isByAccept);
    }
    const directory = await fetch(`${listener.url}/ipfs/${root}?format=raw`);
    expect(Buffer.from(await directory.arrayBuffer())).toEqual(
      Buffer.from(blocks.blocks.get(root) ?? []),
    );
  });

  test("of structured codecs come as they are, and not as another", async () => {
    const bytes = dagCbor.encode({ foo: { bar: 1 } });
    const cid = CID.create(1, codec.dagCbor, await sha256.digest(bytes));
    blocks.put(cid, bytes);
    const at = `${listener.url}/ipfs/${cid.toString()}`;
    const own = await fetch(at);
    expect(own.headers.get("content-type")).toBe("application/vnd.ipld.dag-cbor");
    expect(own.headers.get("etag")).toBe(`"${cid.toString()}.dag-cbor"`);
    expect(Buffer.from(await own.arrayBuffer()).equals(bytes)).toBe(true);
    const plain = await fetch(`${at}?format=cbor`);
    expect(plain.headers.get("content-type")).toBe("application/cbor");
    const preview = await fetch(`${at}/`, { headers: { accept: "text/html" } });
    expect(await preview.text()).toContain("&quot;bar&quot;: 1");
    const statuses = ["?format=json", "?format=dag-json", "/foo/bar", "/foo/nope"].map(
      async (rest) => (await fetch(at + rest)).status,
    );
    expect(await Promise.all(statuses)).toEqual([406, 406, 501, 404]);
  });

  test("of identity CIDs need no storage, and others only come raw", async () => {
    const inline = CID.create(1, codec.raw, identity.digest(Buffer.from("inline")));
    expect(await (await fetch(`${listener.url}/ipfs/${inline.toString()}`)).text()).toBe("inline");
    const git = CID.create(1, 0x78, identity.digest(Buffer.from("git")));
    const refused = await fetch(`${listener.url}/ipfs/${git.toString()}`);
    expect([refused.status, await refused.text()]).toEqual([
      406,
      expect.stringContaining("?format=raw"),
    ]);
    const raw = await fetch(`${listener.url}/ipfs/${git.toString()}?format=raw`);
    expect(await raw.text()).toBe("git");
  });

  test("of a whole DAG come as CAR, other CARs not yet", async () => {
    const answer = await fetch(`${listener.url}/ipfs/${root}?format=car`);
    expect(answer.headers.get("content-type")).toBe(
      "application/vnd.ipld.car; version=1; order=dfs; dups=n",
    );
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(2000);
    const refused = await get("/site?format=car&dag-scope=block");
    expect([refused.status, await refused.text()]).toEqual([
      406,
      expect.stringContaining("?format=car"),
    ]);
  });
});

describe("what cannot be answered", () => {
  test.each([
    ["/ipfs/QmInvalidCID", 400, 'invalid path "/ipfs/QmInvalidCID": invalid cid'],
    ["/ipfs/ROOT/nope", 404, 'failed to resolve /ipfs/ROOT/nope: no link named "nope" under ROOT'],
    ["/ipfs/ROOT/a.txt/x", 404, 'no link named "x" under '],
    ["/ipfs/QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", 404, "ipld: could not find QmYzf"],
    ["/ipfs/ROOT/?format=bogus", 400, 'unknown format "bogus"'],
    ["/ipfs/ROOT/?format=tar", 406, "TAR is not supported"],
    ["/ipfs/ROOT/?format=ipns-record", 400, "only for paths under /ipns"],
    ["/ipns/example.com", 501, "does not resolve names"],
    ["/favicon.ico", 404, "404 page not found"],
  ])("%s is %d in words", async (path, status, text) => {
    const answer = await fetch(listener.url + path.replaceAll("ROOT", root));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await answer.text()).toContain(text.replaceAll("ROOT", root));
  });

  test("is a page for browsers, with everything escaped", async () => {
    const answer = await get("/%3Cscript%3E", { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html"]);
    const text = await answer.text();
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
  });

  test("are methods other than GET, HEAD and OPTIONS", async () => {
    const post = await get("/a.txt", { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    const options = await get("/a.txt", { method: "OPTIONS" });
    expect([options.status, await options.text()]).toEqual([200, ""]);
    expect(options.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(options.headers.get("access-control-expose-headers")).toContain("X-Ipfs-Roots");
  });

  test("is a service worker for a whole root, and a namespace too many", async () => {
    const headers = { "service-worker": "script" };
    expect((await fetch(`${listener.url}/ipfs/${root}`, { headers })).status).toBe(400);
    expect((await get("/a.txt", { headers })).status).toBe(200);
    const moved = await fetch(`${listener.url}/ipfs/ipfs/${root}/a.txt?x=y`, {
      redirect: "manual",
    });
    expect([moved.status, moved.headers.get("location")]).toEqual([301, `/ipfs/${root}/a.txt?x=y`]);
  });
});

test("a client that goes away half-way leaves nothing behind", async () => {
  const cid = await buildTree(blocks, { f: Buffer.alloc(8_000_000, "x") });
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(listener.port, "127.0.0.1", () => {
    socket.write(`GET /ipfs/${cid.toString()}/f HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
  socket.once("data", () => socket.destroy());
  socket.once("close", () => resolve());
  await promise;
  expect((await get("/a.txt")).status).toBe(200);
});

function open(from: MemoryBlocks): Promise<Listener> {
  const source = withWellKnownBlocks(from);
  const deps = { source, localSource: source, clock: systemClock, logger: silentLogger };
  return openListener({
    host: "127.0.0.1",
    port: 0,
    name: "gateway",
    logger: silentLogger,
    handler: gatewayHandler(deps),
  });
}

function url(path: string): string {
  return `${listener.url}/ipfs/${root}${path}`;
}

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url(path), init);
}

function range(at: string, header: string): Promise<Response> {
  return fetch(at, { headers: { range: header } });
}

function headersOf(answer: Response): Record<string, string> {
  const { date: _, "transfer-encoding": __, ...headers } = Object.fromEntries(answer.headers);
  return headers;
}

function cidText(answer: Response): string {
  return String(answer.headers.get("ipfs-hash"));
}
