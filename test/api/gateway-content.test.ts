// Goal: directories, blocks and everything that is refused come over HTTP as the gateway specifications say.
// Method: a real listener over blocks in memory.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";

import * as dagCbor from "@ipld/dag-cbor";
import { identity } from "multiformats/hashes/identity";
import { sha256 } from "multiformats/hashes/sha2";

import { linksOf } from "#dag";
import { abortReason } from "#lib";
import { type BlockSource, CID, codec } from "#model";
import { buildTree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";
import { openGateway, openTestGateway, type TestGateway } from "#test/test-gateway";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openTestGateway();
});

afterAll(() => gateway[Symbol.asyncDispose]());

describe("a directory", () => {
  test("without its slash is moved there, query and encoding kept", async () => {
    const answer = await gateway.get("/%c4%85/ę?a=b%20c&d");
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(`/ipfs/${gateway.root}/%C4%85/%C4%99/?a=b%20c&d`);
  });

  test("is its index.html, unless noResolve", async () => {
    const index = await gateway.get("/site/");
    expect(index.headers.get("content-type")).toBe("text/html");
    expect(index.headers.get("etag")).toBe(`"${cidText(index)}"`);
    expect(index.headers.get("x-ipfs-roots")).toEndWith(`,${cidText(index)}`);
    expect(await index.text()).toBe("<p>home");
    const listing = await gateway.get("/site/?noResolve");
    expect(listing.headers.get("cache-control")).toContain("max-age=604800");
    expect(await listing.text()).toContain(">b.css</a>");
  });

  test("is listed as HTML with the links that the conformance suite compares", async () => {
    const text = await (await gateway.get("/ą/ę/")).text();
    const prefix = `/ipfs/${gateway.root}`;
    expect(text).toContain("Index of");
    expect(text).toContain(
      `/ipfs/<a href="${prefix}">${gateway.root}</a>/<a href="${prefix}/%C4%85">ą</a>/<a href="${prefix}/%C4%85/%C4%99">ę</a>`,
    );
    expect(text).toContain(`<a href="${prefix}/%C4%85/%C4%99/..">..</a>`);
    expect(text).toContain(
      `<a href="${prefix}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>`,
    );
    expect(text).toMatch(
      /<a class="ipfs-hash" translate="no" href="\/ipfs\/baf\w+\?filename=file-%25C5%25BA%25C5%2582.txt">/,
    );
    expect(await (await gateway.get("/")).text()).not.toContain(">..</a>");
  });

  test("shows names as text, whatever is in them", async () => {
    const text = await (await gateway.get("/")).text();
    expect(text).toContain("&lt;&amp;&quot;&#x27;&gt;</a>");
    expect(text).toContain("/%3C&amp;%22%27%3E");
    expect(text).not.toContain("<&");
  });

  test("is listed as JSON when that alone is asked for", async () => {
    const answer = await gateway.get("/", { headers: { accept: "application/json" } });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("vary")).toBe("Accept");
    const names: unknown = await answer.json();
    expect(names).toEqual(
      expect.arrayContaining(["a.txt", "site/", "ą/", "link", "empty", "big.bin"]),
    );
    expect(
      await (await gateway.get("/site/", { headers: { accept: "application/json" } })).text(),
    ).toBe("<p>home");
  });

  test.each([undefined, 4])(
    "that is empty or has 5000 entries is listed (shard bits %p)",
    async (shardBits) => {
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, "x"]));
      const cid = await buildTree(gateway.blocks, many, { shardBits });
      const answer = await gateway.fetch(`/ipfs/${cid.toString()}/?format=json`);
      const names: unknown = await answer.json();
      expect(Array.isArray(names) && new Set(names)).toEqual(new Set(Object.keys(many)));
      expect(names).toHaveLength(5000);
      const page = await (await gateway.fetch(`/ipfs/${cid.toString()}/`)).text();
      expect(page.split('class="ipfs-hash"')).toHaveLength(5002);
      const empty = await fetch(
        `${gateway.listener.url}/ipfs/bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354/?format=json`,
      );
      expect(await empty.json()).toEqual([]);
    },
  );
});

test("a JSON listing waits for children that have to be fetched no longer than its budget", async () => {
  const local = new MemoryBlocks();
  const cid = await buildTree(gateway.blocks, { here: { x: "x" }, gone: { y: "y" } });
  const [here] = linksOf(cid, gateway.blocks.blocks.get(cid.toString()) ?? new Uint8Array()).slice(
    1,
  );
  for (const each of [cid, here ?? cid]) {
    local.put(each, gateway.blocks.blocks.get(each.toString()) ?? new Uint8Array());
  }
  // a network that never answers, and a budget that ends at once
  const source: BlockSource = {
    has: (each) => local.has(each),
    getBatch: (each) => local.getBatch(each),
    get: async (each, { signal } = {}) => {
      if (await local.has(each)) return local.get(each);
      return new Promise((_, reject) => {
        const stop = (): void => reject(abortReason(signal));
        if (signal?.aborted === true) stop();
        signal?.addEventListener("abort", stop, { once: true });
      });
    },
  };
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  await using listener = await openGateway(local, { source, localSource: local, clock });
  const answer = await fetch(`${listener.url}/ipfs/${cid.toString()}/?format=json&noResolve`);
  expect(await answer.json()).toEqual(["gone", "here/"]);
});

describe("blocks", () => {
  test("come raw by format and by Accept", async () => {
    for (const init of [{}, { headers: { accept: "application/vnd.ipld.raw" } }]) {
      const isByAccept = init.headers !== undefined;
      const answer = await gateway.get(isByAccept ? "/a.txt" : "/a.txt?format=raw", init);
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
    const directory = await gateway.fetch(`/ipfs/${gateway.root}?format=raw`);
    expect(Buffer.from(await directory.arrayBuffer())).toEqual(
      Buffer.from(gateway.blocks.blocks.get(gateway.root) ?? []),
    );
  });

  test("of structured codecs come as they are, and not as another", async () => {
    const bytes = dagCbor.encode({ foo: { bar: 1 } });
    const cid = CID.create(1, codec.dagCbor, await sha256.digest(bytes));
    gateway.blocks.put(cid, bytes);
    const at = `${gateway.listener.url}/ipfs/${cid.toString()}`;
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
    expect(await (await gateway.fetch(`/ipfs/${inline.toString()}`)).text()).toBe("inline");
    const git = CID.create(1, 0x78, identity.digest(Buffer.from("git")));
    const refused = await gateway.fetch(`/ipfs/${git.toString()}`);
    expect([refused.status, await refused.text()]).toEqual([
      406,
      expect.stringContaining("?format=raw"),
    ]);
    const raw = await gateway.fetch(`/ipfs/${git.toString()}?format=raw`);
    expect(await raw.text()).toBe("git");
  });

  test("of a whole DAG come as CAR, other CARs not yet", async () => {
    const answer = await gateway.fetch(`/ipfs/${gateway.root}?format=car`);
    expect(answer.headers.get("content-type")).toBe(
      "application/vnd.ipld.car; version=1; order=dfs; dups=n",
    );
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(2000);
    const refused = await gateway.get("/site?format=car&dag-scope=block");
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
    const answer = await gateway.fetch(path.replaceAll("ROOT", gateway.root));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await answer.text()).toContain(text.replaceAll("ROOT", gateway.root));
  });

  test("is a page for browsers, with everything escaped", async () => {
    const answer = await gateway.get("/%3Cscript%3E", { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html"]);
    const text = await answer.text();
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
  });

  test("are methods other than GET, HEAD and OPTIONS", async () => {
    const post = await gateway.get("/a.txt", { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    const options = await gateway.get("/a.txt", { method: "OPTIONS" });
    expect([options.status, await options.text()]).toEqual([200, ""]);
    expect(options.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(options.headers.get("access-control-expose-headers")).toContain("X-Ipfs-Roots");
  });

  test("is a service worker for a whole root, and a namespace too many", async () => {
    const headers = { "service-worker": "script" };
    expect((await gateway.fetch(`/ipfs/${gateway.root}`, { headers })).status).toBe(400);
    expect((await gateway.get("/a.txt", { headers })).status).toBe(200);
    const moved = await gateway.fetch(`/ipfs/ipfs/${gateway.root}/a.txt?x=y`, {
      redirect: "manual",
    });
    expect([moved.status, moved.headers.get("location")]).toEqual([
      301,
      `/ipfs/${gateway.root}/a.txt?x=y`,
    ]);
  });
});

test("a client that goes away half-way leaves nothing behind", async () => {
  const cid = await buildTree(gateway.blocks, { f: Buffer.alloc(8_000_000, "x") });
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(gateway.listener.port, "127.0.0.1", () => {
    socket.write(`GET /ipfs/${cid.toString()}/f HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
  socket.once("data", () => socket.destroy());
  socket.once("close", () => resolve());
  await promise;
  expect((await gateway.get("/a.txt")).status).toBe(200);
});

function cidText(answer: Response): string {
  return String(answer.headers.get("ipfs-hash"));
}
