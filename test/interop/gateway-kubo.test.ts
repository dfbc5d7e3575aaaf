// Goal: our gateway answers as Kubo's does, but for what is listed here as better or left to the server.
// Method: a real Kubo (seen with 0.43) and ours serve the same CAR; a table of requests goes to both, and status, body and headers
// are compared. Without `ipfs` on PATH the tests are skipped, visibly.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import * as dagPb from "@ipld/dag-pb";
import { sha256 } from "multiformats/hashes/sha2";

import { exportCar } from "#dag";
import { CID, codec } from "#model";
import { buildTree } from "#test/build-dag";
import { type KuboGateway, openKuboGateway } from "#test/kubo-gateway";
import { MemoryBlocks } from "#test/memory-blocks";
import { openGateway } from "#test/test-gateway";

const hasKubo = Bun.which("ipfs") !== null;
const why = hasKubo ? "" : " (skipped: no `ipfs` on PATH, nothing is compared with Kubo)";

/** Headers that may differ everywhere, and why. */
const ignored = new Set([
  "access-control-allow-headers", // the union with Agregore's
  "access-control-allow-methods",
  "access-control-expose-headers",
  "connection",
  "date",
  "ipfs-hash", // Agregore's
  "keep-alive",
  "transfer-encoding",
  "vary", // Accept chooses the representation, which Kubo does not tell caches
]);

interface Row {
  readonly path: string;
  readonly init?: RequestInit;
  /** Headers that differ here, with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

const errorPage = { "cache-control": "an error says how long it may be kept" } as const;
const moved = {
  "content-type": "a redirect has no body",
  "content-length": "a redirect has no body",
} as const;
const listing = {
  etag: "names the program that made the page",
  "content-length": "another page",
} as const;
const encodedPath = { "x-ipfs-path": "percent-encoded: raw UTF-8 is no header value" } as const;

const same: readonly Row[] = [
  { path: "/a.txt" },
  { path: "/a.txt", init: { method: "HEAD" } },
  { path: "/a.txt/" },
  { path: "/big.bin" },
  { path: "/big.bin", init: { method: "HEAD" } },
  { path: "/noext" },
  { path: "/empty" },
  { path: "/page.json" },
  { path: "/json" },
  { path: "/png" },
  { path: "/htmlnoext" },
  { path: "/x.css" },
  { path: "/x.svg" },
  { path: "/link" },
  { path: "/site/" },
  { path: "/site", except: moved },
  { path: "/site?a=b&c", except: moved },
  { path: "/%C4%85/%C4%99", except: { ...moved, ...encodedPath } },
  { path: "/%C4%85/%C4%99/file-%C5%BA%C5%82.txt", except: encodedPath },
  { path: "/sp%20ace+%2525", except: encodedPath },
  { path: "/a.txt", init: { headers: { range: "bytes=0-2" } } },
  { path: "/a.txt", init: { headers: { range: "bytes=-2" } } },
  { path: "/big.bin", init: { headers: { range: "bytes=990-5000" } } },
  {
    path: "/noext",
    init: { headers: { range: "bytes=150-250" } },
    except: { "content-type": "what the file's start says, not its middle; absent while unknown" },
  },
  { path: "/empty", init: { headers: { range: "bytes=0-1" } } },
  { path: "/a.txt", init: { headers: { range: "bytes=0-1", "if-range": '"x"' } } },
  {
    path: "/a.txt",
    init: { headers: { range: "bytes=99-" } },
    except: {
      ...errorPage,
      "accept-ranges": "ranges work",
      etag: "an error has none",
      "x-ipfs-roots": "an error",
    },
  },
  { path: "/a.txt", init: { headers: { range: "bytes=2-1" } }, except: errorPage },
  { path: "/a.txt", init: { headers: { "if-none-match": '"x"' } } },
  {
    path: "/a.txt",
    init: { headers: { "if-none-match": "*" } },
    except: { "x-ipfs-roots": "known, so told" },
  },
  { path: "/a.txt?format=raw" },
  { path: "/a.txt?format=raw", init: { method: "HEAD" } },
  { path: "?format=raw" },
  { path: "/big.bin?format=raw", init: { headers: { range: "bytes=3-9" } } },
  { path: "/a.txt", init: { headers: { accept: "application/vnd.ipld.raw" } } },
  { path: "/a.txt?filename=t%D0%B5%20%22.png" },
  { path: "/a.txt?filename=x.txt&download=true" },
  { path: "/nope", except: errorPage },
  { path: "/a.txt/x", except: errorPage },
  { path: "/nope", init: { method: "HEAD" }, except: errorPage },
  {
    path: "/a.txt?format=dag-json",
    except: {
      ...errorPage,
      etag: "an error has none",
      "content-disposition": "an error has none",
      "x-ipfs-roots": "an error",
    },
  },
  { path: "/cbor" },
  { path: "/cbor?format=dag-cbor" },
  { path: "/cbor?format=cbor" },
  { path: "/cbor/foo/link/t" },
  { path: "/cbor/foo/nope", except: errorPage },
  { path: "/dagjson" },
  { path: "/dagjson?format=json" },
];

let kubo: KuboGateway;
let ours: AsyncDisposable & { readonly url: string };
let root: string;

describe.skipIf(!hasKubo)(`the same request${why}`, () => {
  beforeAll(async () => {
    const blocks = new MemoryBlocks();
    root = await makeContent(blocks);
    const car = Buffer.concat(await Array.fromAsync(exportCar(blocks, CID.parse(root))));
    kubo = await openKuboGateway(car);
    ours = await openGateway(blocks);
  }, 60_000);

  afterAll(async () => {
    await ours[Symbol.asyncDispose]();
    await kubo[Symbol.asyncDispose]();
  });

  test.each(same.map((row) => [describeRow(row), row] as const))("%s", async (_, row) => {
    const [theirs, mine] = await ask(row);
    expect(mine.status).toBe(theirs.status);
    if (theirs.status !== 301) expect(mine.body).toBe(theirs.body);
    const except = new Set([...ignored, ...Object.keys(row.except ?? {})]);
    expect(headersWithout(mine, except)).toEqual(headersWithout(theirs, except));
  });

  test("for a directory lists the same links", async () => {
    const [theirs, mine] = await ask({ path: "/%C4%85/" });
    expect(mine.status).toBe(theirs.status);
    expect(linksIn(mine.body).toSorted()).toEqual(linksIn(theirs.body).toSorted());
    const except = new Set([...ignored, ...Object.keys(listing), ...Object.keys(encodedPath)]);
    expect(headersWithout(mine, except)).toEqual(headersWithout(theirs, except));
  });

  // what is meant to differ: statuses of Kubo and of ours
  test.each([
    {
      why: "a second range is kept",
      path: "/big.bin",
      range: "bytes=0-1,5-6",
      statuses: [206, 206],
    },
    { why: "an empty suffix is outside", path: "/a.txt", range: "bytes=-0", statuses: [206, 416] },
    { why: "an unknown unit is ignored", path: "/a.txt", range: "x=0-1", statuses: [400, 200] },
    {
      why: "an unknown format is refused",
      path: "/a.txt?format=x",
      range: "",
      statuses: [200, 400],
    },
  ])("$why", async ({ path, range, statuses }) => {
    const headers = new Headers();
    if (range !== "") headers.set("range", range);
    const [theirs, mine] = await ask({ path, init: { headers } });
    expect([theirs.status, mine.status]).toEqual([...statuses]);
    expect(mine.headers.get("content-type")?.startsWith("multipart/")).toBe(range.includes(","));
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

async function ask(row: Row): Promise<[Answer, Answer]> {
  const answers = [kubo.url, ours.url].map(async (url) => {
    const answer = await fetch(`${url}/ipfs/${root}${row.path}`, {
      redirect: "manual",
      ...row.init,
    });
    const body = Buffer.from(await answer.arrayBuffer()).toString("latin1");
    return { status: answer.status, headers: answer.headers, body };
  });
  const [theirs, mine] = await Promise.all(answers);
  if (theirs === undefined || mine === undefined) throw new Error("two were asked");
  return [theirs, mine];
}

function headersWithout(answer: Answer, except: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => !except.has(name)));
}

function linksIn(page: string): string[] {
  return [...page.matchAll(/<a [^>]*href="\/ipfs\/[^>]*>/g)].map(String);
}

function describeRow({ path, init }: Row): string {
  const headers = init?.headers === undefined ? "" : ` ${JSON.stringify(init.headers)}`;
  return `${init?.method ?? "GET"} ${path}${headers}`;
}

async function makeContent(blocks: MemoryBlocks): Promise<string> {
  const big = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));
  const tree = {
    "a.txt": "hello\n",
    "big.bin": big,
    noext: big,
    empty: "",
    link: "link:a.txt",
    "page.json": '{"a": [1]}',
    json: '{"a": [1]}',
    png: Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    htmlnoext: "<!DOCTYPE html><p>",
    "x.css": "p{}",
    "x.svg": "<svg></svg>",
    "sp ace+%25": "x",
    site: { "index.html": "<p>home" },
    ą: { ę: { "file-źł.txt": "źł" }, "<&": "x" },
  };
  const folder = await buildTree(blocks, tree, { chunkBytes: 100 });
  const text = await buildTree(blocks, { t: "linked" });
  const cbor = await put(blocks, codec.dagCbor, dagCbor.encode({ foo: { link: text, bar: 1 } }));
  const json = await put(blocks, codec.dagJson, dagJson.encode({ a: 1 }));
  // structured blocks hang below the folder, so that one CAR brings all
  return addLinks(blocks, folder, { cbor, dagjson: json });
}

async function put(blocks: MemoryBlocks, code: number, bytes: Uint8Array): Promise<CID> {
  const cid = CID.create(1, code, await sha256.digest(bytes));
  blocks.put(cid, bytes);
  return cid;
}

async function addLinks(
  blocks: MemoryBlocks,
  folder: CID,
  links: Readonly<Record<string, CID>>,
): Promise<string> {
  const node = dagPb.decode(blocks.blocks.get(folder.toString()) ?? new Uint8Array());
  const added = Object.entries(links).map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }));
  const bytes = dagPb.encode(dagPb.prepare({ ...node, Links: [...node.Links, ...added] }));
  return (await put(blocks, codec.dagPb, bytes)).toString();
}
