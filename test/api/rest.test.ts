// Goal: what the recordings do not show of the REST API: bodies that end early, lost clients, errors in streams, partial
// CARs, durability of what is answered, our client against it.
// Method: a whole peer in this process on a free port, real store in a temp folder; raw sockets where a client misbehaves.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";

import {
  type AddedOutputJson,
  createRestClient,
  type GlobalPinInfoJson,
  RestApiError,
  type UploadEntry,
} from "#api";
import { exportCar, readCar } from "#dag";
import { openListener } from "#http";
import { silentLogger } from "#lib";
import { parseCid } from "#model";
import { until } from "#test/manual-clock";
import { type NodeStack, openNodeStack } from "#test/node-stack";
import { speak } from "#test/raw-http";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const nobody = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
const hi = "QmZLRFWaz9Kypt2ACNMDzA5uzACDRiCqwdkNSP1UZsu56D";

let folder: TempFolder;
let node: NodeStack;
let rest: RestStack;

beforeEach(async () => {
  folder = makeTempFolder();
  await open();
});

afterEach(async () => {
  await close();
  folder[Symbol.dispose]();
});

async function open(isOffline = false): Promise<void> {
  node = await openNodeStack(join(folder.path, "data"), { isOffline });
  rest = await openRestStack(node, { cluster: { isOffline } });
}

async function close(): Promise<void> {
  await rest[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
}

async function* bytesOf(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function file(path: string, ...texts: (string | Uint8Array)[]): UploadEntry {
  return { path, type: "file", content: bytesOf(...texts) };
}

function add(
  entries: readonly UploadEntry[],
  params: NonNullable<Parameters<RestStack["client"]["add"]>[1]>["params"] = {},
): Promise<AddedOutputJson[]> {
  return Array.fromAsync(rest.client.add(entries, { params }));
}

async function statusOf(cid: string): Promise<string | undefined> {
  const { peer_map: peers } = await rest.client.status(cid);
  return Object.values(peers)[0]?.status;
}

async function jsonLines(url: string): Promise<GlobalPinInfoJson[]> {
  const text = await (await fetch(url)).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function progressOf(info: GlobalPinInfoJson | undefined): unknown {
  return Object.values(info?.peer_map ?? {})[0]?.progress;
}

function listPins(): Promise<unknown[]> {
  return Array.fromAsync(rest.client.allocations());
}

/** What comes back for these bytes. */
function tell(text: string, options: { readonly isCutOff?: boolean } = {}): Promise<string> {
  return speak(Number(new URL(rest.url).port), text, options);
}

function addRequest(body: string, framing: string): string {
  return [
    "POST /add HTTP/1.1",
    "Host: x",
    "Content-Type: multipart/form-data; boundary=b",
    framing,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="hi.txt"\r\n\r\nhi\n';

describe("an add", () => {
  test("is pinned when it is answered, and still after a restart", async () => {
    await add([file("hi.txt", "hi\n")], { pin: { name: "n", metadata: { k: "v" } } });
    await close();
    await open();
    expect(await rest.client.allocation(hi)).toMatchObject({ name: "n", metadata: { k: "v" } });
    expect(await statusOf(hi)).toBe("pinned");
    await rest.client.repoGc();
    expect(await statusOf(hi)).toBe("pinned");
    expect(await node.ipfs.blocks.has(parseCid(hi))).toBe(true);
  });

  test("whose body ends early is an error and pins nothing", async () => {
    const answer = await tell(addRequest(part, `Content-Length: ${part.length}`));
    expect(answer).toMatch(/X-Stream-Error: .*EOF/);
    expect(await listPins()).toEqual([]);
    expect(await Array.fromAsync(node.connector.pinList())).toEqual([]);
  });

  test("whose client goes away pins nothing", async () => {
    await tell(addRequest(part, "Content-Length: 100000"), { isCutOff: true });
    await until(async () => (await rest.client.version()).version !== "");
    expect(await listPins()).toEqual([]);
  });

  test("without a pin stores, and leaves it to the collection", async () => {
    await add([file("hi.txt", "hi\n")], { noPin: true });
    expect(await listPins()).toEqual([]);
    expect(await node.ipfs.blocks.has(parseCid(hi))).toBe(true);
    const collected = Object.values((await rest.client.repoGc()).peer_map).flatMap(
      ({ keys }) => keys,
    );
    expect(collected.length).toBe(1);
    expect(await node.ipfs.blocks.has(parseCid(hi))).toBe(false);
  });

  test("whose directory goes on after another has come is an error, and pins nothing", async () => {
    const entries = [file("d/a", "a"), file("e/a", "a"), file("d/b", "b")];
    await expect(add(entries)).rejects.toThrow('the files of directory "d" do not stand together');
    expect(await listPins()).toEqual([]);
  });

  test("without copying needs to know where the file stays, and copies it all the same", async () => {
    const problem = "missing file path or URL, can't create filestore reference";
    await expect(add([file("a", "a")], { noCopy: true })).rejects.toThrow(problem);
    const known = part.replace("\r\n\r\n", "\r\nAbspath: http://x/hi.txt\r\n\r\n");
    const body = `${known}\r\n--b--\r\n`;
    const request = addRequest(body, `Content-Length: ${body.length}`);
    const answer = await tell(request.replace("/add", "/add?nocopy=true"));
    expect(answer).toContain(hi);
  });

  test("of a file without a name tells none", async () => {
    const body = `${part.replace("hi.txt", "")}\r\n--b--\r\n`;
    expect(await tell(addRequest(body, `Content-Length: ${body.length}`))).toContain(
      `{"name":"","cid":"${hi}"`,
    );
  });

  test("of several roots answers all and pins the last", async () => {
    const lines = await add([file("a", "a"), file("b", "b")]);
    expect(lines.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await listPins()).toMatchObject([{ cid: lines[1]?.cid }]);
  });

  test("tells what was sent, and symbolic links and empty directories arrive", async () => {
    const sent: number[] = [];
    const entries: UploadEntry[] = [
      { path: "d", type: "directory" },
      { path: "d/empty", type: "directory" },
      file("d/ü + %.txt", "abc", "def"),
      { path: "d/link", type: "symlink", target: "ü + %.txt" },
    ];
    const lines = await Array.fromAsync(
      rest.client.add(entries, { onProgress: (bytes) => sent.push(bytes) }),
    );
    expect(sent).toEqual([3, 6]);
    expect(lines.map(({ name }) => name).toSorted()).toEqual([
      "d",
      "d/empty",
      "d/link",
      "d/ü + %.txt",
    ]);
  });

  test("that is refused says so before it takes the body", async () => {
    const { url } = rest;
    const body = new FormData();
    body.append("file", new Blob(["hi\n"]), "hi.txt");
    const response = await fetch(`${url}/add?raw-leaves=maybe`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code: 400, message: "parameter raw-leaves invalid" });
  });

  test("with another hash gets CID version 1", async () => {
    const [line] = await add([file("hi.txt", "hi\n")], { hash: "sha3-512" });
    expect(line?.cid).toStartWith("bafkriq");
  });

  test("of content that was pinned before keeps waiting pins no longer", async () => {
    await rest.client.pin(hi);
    expect(await statusOf(hi)).toBe("pinning");
    await add([file("hi.txt", "hi\n")]);
    expect(await statusOf(hi)).toBe("pinned");
  });
});

/** A DAG as CAR; the node has nothing of it afterwards. */
async function carOf(text: string): Promise<{ readonly root: string; readonly car: Uint8Array }> {
  const lines = await add([file("big", text)], { chunker: "size-16", noPin: true });
  const root = lines.at(-1)?.cid ?? "";
  const car = exportCar(node.ipfs.localSource, parseCid(root));
  const bytes = Buffer.concat(await Array.fromAsync(car));
  await rest.client.repoGc();
  return { root, car: bytes };
}

describe("a CAR", () => {
  test("gives back its DAG, in one line with its sizes", async () => {
    const { root, car } = await carOf("0123456789abcdef".repeat(10));
    const lines = await add([file("blob", car)], { format: "car" });
    expect(lines).toMatchObject([{ name: "blob", cid: root, size: 160 }]);
    expect(lines[0]?.bytes).toBeGreaterThan(160);
    expect(await statusOf(root)).toBe("pinned");
  });

  test("that is cut off, damaged, wrapped, or has two roots pins nothing", async () => {
    const { car } = await carOf("0123456789abcdef0123456789abcdef");
    const damaged = Buffer.from(car);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    const attempts = [
      add([file("cut", car.subarray(0, -3))], { format: "car" }),
      add([file("damaged", damaged)], { format: "car" }),
      add([file("wrapped", car)], { format: "car", wrapWithDirectory: true }),
      add([file("text", "hello")], { format: "car" }),
      add([{ path: "d", type: "directory" }], { format: "car" }),
    ];
    const results = await Promise.allSettled(attempts);
    expect(results.map(({ status }) => status)).toEqual(attempts.map(() => "rejected"));
    expect(await listPins()).toEqual([]);
  });

  test("that is partial is stored, and its pin waits for the rest", async () => {
    const { root, car } = await carOf("0123456789abcdef".repeat(2));
    const { blocks } = await readCar(bytesOf(car));
    const last = (await Array.fromAsync(blocks)).at(-1);
    // a section: its length in one byte, CID, content
    const sectionBytes = 1 + (last?.cid.bytes.length ?? 0) + (last?.bytes.length ?? 0);
    const lines = await add([file("part", car.subarray(0, -sectionBytes))], { format: "car" });
    expect(lines.map(({ cid }) => cid)).toEqual([root]);
    expect(await statusOf(root)).toBe("pinning");
    await using writer = node.connector.openWriter();
    if (last !== undefined) await writer.put(last.cid, last.bytes);
    await until(async () => (await statusOf(root)) === "pinned");
  });
});

describe("a pin", () => {
  test("of a path is one of what the path leads to", async () => {
    const lines = await add([file("d/a b.txt", "x"), file("d/c", "y")], { noPin: true });
    const [leaf, , directory] = lines;
    const path = `/ipfs/${directory?.cid}/a b.txt`;
    expect((await rest.client.pin(path)).cid).toBe(leaf?.cid ?? "");
    expect((await rest.client.unpin(path)).cid).toBe(leaf?.cid ?? "");
  });

  test("stays pinning with the reason when the peer is offline", async () => {
    await close();
    await open(true);
    await rest.client.pin(nobody);
    const { peer_map: peers } = await rest.client.status(nobody);
    expect(Object.values(peers)).toMatchObject([{ status: "pinning", error: "offline" }]);
  });

  test("tells how far it is when that is asked for, and only then", async () => {
    await close();
    await open(true);
    await rest.client.pin(nobody);
    await add([file("hi.txt", "hi\n")]);
    const nothing = { blocks: 0, bytes: 0, providers: 0 };
    const listed = await jsonLines(`${rest.url}/pins?progress=true`);
    const expected = new Map([
      [nobody, { ...nothing, waiting: "offline" }],
      [hi, { ...nothing, waiting: "" }],
    ]);
    expect(new Map(listed.map((info) => [info.cid, progressOf(info)]))).toEqual(expected);
    const [one] = await jsonLines(`${rest.url}/pins/${nobody}?progress=true&local=true`);
    expect(progressOf(one)).toEqual({ ...nothing, waiting: "offline" });
    const [pinning] = await jsonLines(`${rest.url}/pins?progress=true&filter=pinning`);
    expect(progressOf(pinning)).toEqual({ ...nothing, waiting: "offline" });
    for (const path of ["pins", `pins/${nobody}`, "pins?progress=1"]) {
      const text = await (await fetch(`${rest.url}/${path}`)).text();
      expect(text).not.toContain("progress");
    }
  });

  test.each(["expire-in=99999999999h", "expire-at=2030-01-01T00:00:00%2B99:99"])(
    "that would end beyond all times (%s) is refused, and lists go on",
    async (query) => {
      const pinned = await fetch(`${rest.url}/pins/${nobody}?${query}`, { method: "POST" });
      expect([pinned.status, await listPins()]).toEqual([400, []]);
    },
  );

  test("with options comes back as it was asked for", async () => {
    const expireAt = Date.parse("2040-01-02T03:04:05.678Z");
    const answer = await rest.client.pin(nobody, {
      name: "<&>",
      metadata: { b: "2", a: "1", "10": "x", "9": "y" },
      expireAt,
      replicationFactorMin: 1,
      replicationFactorMax: 1,
      userAllocations: ["12D3KooWG4bauk9ZsU8erZRGB3zHQeBogterarT9Pxoh8erkRitq"],
    });
    expect(answer).toMatchObject({ name: "<&>", expire_at: "2040-01-02T03:04:05.678Z" });
    const raw = await (await fetch(`${rest.url}/allocations/${nobody}`)).text();
    expect(raw).toContain('"name":"\\u003c\\u0026\\u003e"');
    expect(raw).toContain('"metadata":{"10":"x","9":"y","a":"1","b":"2"}');
    expect(raw).toContain('"expire_at":"2040-01-02T03:04:06Z"');
  });
});

describe("the client", () => {
  test("reports errors by their status, and transport failures with 0", async () => {
    await expect(rest.client.allocation(nobody)).rejects.toMatchObject({
      status: 404,
      message: "pin is not part of the pinset",
    });
    const lost = createRestClient({ url: "http://127.0.0.1:9" });
    await expect(lost.id()).rejects.toBeInstanceOf(RestApiError);
    await expect(lost.id()).rejects.toMatchObject({ status: 0, isRetryable: true });
  });

  test("reports an answer that is no document, as somebody else's server gives it", async () => {
    const at = { host: "127.0.0.1", port: 0, name: "web", logger: silentLogger };
    await using web = await openListener({
      ...at,
      handler: (exchange) => exchange.send(200, {}, "<html></html>"),
    });
    const client = createRestClient({ url: web.url });
    const problem = {
      code: "REST_API",
      status: 200,
      message: "invalid character '<' looking for beginning of value",
    };
    await expect(client.id()).rejects.toMatchObject(problem);
    await expect(Array.fromAsync(client.peers())).rejects.toMatchObject(problem);
  });

  test("streams lists in both directions of its options", async () => {
    await rest.client.pin(nobody);
    const all = await Array.fromAsync(rest.client.statusAll({ filter: "pinning" }));
    expect(all.map(({ cid }) => cid)).toEqual([nobody]);
    expect(await Array.fromAsync(rest.client.statusAll({ filter: "pinned" }))).toEqual([]);
    const two = await Array.fromAsync(rest.client.statusAll({ cids: [nobody, hi] }));
    expect(two.map(({ cid }) => cid)).toEqual([nobody, hi]);
    await expect(Array.fromAsync(rest.client.statusAll({ filter: "x" }))).rejects.toThrow(
      "invalid filter value",
    );
    for await (const first of rest.client.allocations()) {
      expect(first.cid).toBe(nobody);
      break;
    }
    expect((await Array.fromAsync(rest.client.peers())).length).toBe(1);
    expect(await rest.client.metricNames()).toContain("ping");
  });

  test("stops an upload that is refused", async () => {
    let pieces = 0;
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          pieces += 1;
          yield new Uint8Array(65_536);
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
        }
      } finally {
        stop();
      }
    })();
    const entries: UploadEntry[] = [{ path: "f", type: "file", content: endless }];
    await expect(add(entries, { chunker: "bad" })).rejects.toThrow(
      "unrecognized chunker option: bad",
    );
    await stopped;
    expect(pieces).toBeGreaterThan(0);
  });

  test("stops an upload when its source fails or its signal is aborted", async () => {
    const failing = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("abc");
      throw new Error("disk gone");
    })();
    await expect(add([{ path: "f", type: "file", content: failing }])).rejects.toThrow("disk gone");
    const aborter = new AbortController();
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      for (let piece = 0; ; piece += 1) {
        if (piece === 20) aborter.abort(new Error("enough"));
        yield new Uint8Array(65_536);
      }
    })();
    const entries: UploadEntry[] = [{ path: "f", type: "file", content: endless }];
    const adding = Array.fromAsync(rest.client.add(entries, { signal: aborter.signal }));
    await expect(adding).rejects.toThrow("enough");
    expect(await listPins()).toEqual([]);
  });
});
