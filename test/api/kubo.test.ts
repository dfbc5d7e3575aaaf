// Goal: the RPC keeps Kubo's transport contract: who is let in, how requests are read, how failures are told.
// Method: requests to a node over a temp folder; expected values from the recorded behaviour of Kubo 0.44.0-dev.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { parseCid } from "#model";
import { files, type KuboAsked, KuboClient } from "#test/kubo-client";
import { type KuboStack, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

let folder: TempFolder;
let kubo: KuboStack;
let client: KuboClient;

beforeAll(async () => {
  folder = makeTempFolder();
  kubo = await openKuboStack(folder.path, { isOffline: true });
  client = new KuboClient(kubo.url);
});
afterAll(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const absent = "bafkreibmlvvgdyihetgocpof6xk64kjjzdeq2e4c7hqs3krdheosk4tgj4";

describe("admission", () => {
  const cases: readonly (readonly [
    title: string,
    path: string,
    asked: KuboAsked,
    status: number,
    text: string,
  ])[] = [
    ["an unknown command", "nope", {}, 404, "404 page not found\n"],
    ["a subcommand that is none", "pin/nope", {}, 404, "404 page not found\n"],
    ["a GET", "version", { method: "GET" }, 405, "405 - Method Not Allowed\n"],
    [
      "a foreign origin",
      "version",
      { headers: { Origin: "http://evil.test" } },
      403,
      "403 - Forbidden\n",
    ],
    [
      "a foreign referrer",
      "version",
      { headers: { Referer: "http://evil.test/x" } },
      403,
      "403 - Forbidden\n",
    ],
    [
      "a browser that hides its origin",
      "version",
      { headers: { "User-Agent": "Mozilla/5.0" } },
      403,
      "403 - Forbidden\n",
    ],
    [
      "an older Kubo",
      "id",
      { headers: { "User-Agent": "/kubo/0.1.0/" } },
      400,
      "api version mismatch (/kubo/0.43.0/ != /kubo/0.1.0/)\n",
    ],
    ["a missing argument", "cat", {}, 400, 'argument "ipfs-path" is required\n'],
    ["a missing second argument", "pin/update?arg=x", {}, 400, 'argument "to-path" is required\n'],
    ["a missing file", "add", {}, 400, "file argument 'path' is required\n"],
    [
      "a body without boundary",
      "add",
      { headers: { "Content-Type": "multipart/form-data" } },
      400,
      "no multipart boundary param in Content-Type\n",
    ],
    [
      "a bad number",
      "cat?arg=x&offset=1z",
      {},
      400,
      'could not convert value "1z" to type "int64" (for option "-offset")\n',
    ],
    [
      "an empty number",
      "cat?arg=x&o=",
      {},
      400,
      'could not convert empty value to type "int64" (for option "-offset")\n',
    ],
    [
      "a bad flag",
      "ls?arg=x&size=maybe",
      {},
      400,
      'could not convert value "maybe" to type "bool" (for option "-size")\n',
    ],
    [
      "an option given twice",
      "cat?arg=x&offset=1&offset=2",
      {},
      400,
      "expected key offset to have only a single value, received [1 2]\n",
    ],
    ["a bad timeout", "version?timeout=soon", {}, 400, 'time: invalid duration "soon"\n'],
    ["an unknown encoding", "version?encoding=foo", {}, 400, "invalid encoding: foo\n"],
  ];
  for (const [title, path, asked, status, text] of cases) {
    test(`${title} is refused with ${status}`, async () => {
      const answer = await client.ask(path, asked);
      expect(answer.status).toBe(status);
      expect(answer.text).toBe(text);
      expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(answer.headers["server"]).toBeUndefined();
    });
  }

  test("pages of the listener's own origins and of the browser extension are let in", async () => {
    const port = new URL(kubo.url).port;
    const origins = [
      `http://localhost:${port}`,
      `http://[::1]:${port}`,
      "chrome-extension://nibjojkomfdiaoajekhjakgkdhaomnch",
    ];
    for (const origin of origins) {
      const answer = await client.ask("version", { headers: { Origin: origin } });
      expect(answer.status).toBe(200);
      expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    }
  });

  test("a preflight is answered, an OPTIONS that is none says what is allowed", async () => {
    const port = new URL(kubo.url).port;
    const headers = { Origin: `http://127.0.0.1:${port}`, "Access-Control-Request-Method": "POST" };
    const preflight = await client.ask("id", { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-methods"]).toBe("POST");
    const bare = await client.ask("id", { method: "OPTIONS" });
    expect(bare.status).toBe(204);
    expect(bare.headers["allow"]).toBe("OPTIONS, POST");
  });

  test("with secrets configured only their bearers may do what the secret allows", async () => {
    using data = makeTempFolder();
    const authorizations = [{ secret: "basic:u:p", allowedPaths: ["/api/v0/repo"] }];
    await using guarded = await openKuboStack(data.path, { options: { authorizations } });
    const status = async (path: string, authorization = ""): Promise<number> => {
      const headers = { Authorization: authorization };
      const url = `${guarded.url}/api/v0/${path}`;
      return (await fetch(url, { method: "POST", headers })).status;
    };
    const secret = `Basic ${btoa("u:p")}`;
    expect(await status("version")).toBe(403);
    expect(await status("version", secret)).toBe(200);
    expect(await status("repo/stat", secret)).toBe(200);
    expect(await status("id", secret)).toBe(403);
  });
});

describe("parsing", () => {
  test("the last segment may be the argument, and options go by any of their names", async () => {
    const cid = await client.add("f", "0123456789");
    expect((await client.ask(`cat/${cid}?o=0x2&l=03`)).text).toBe("234");
    expect((await client.ask(`cat?arg=/ipfs/${cid}&offset=8&nonsense=1`)).text).toBe("89");
    expect((await client.ask(`cat?arg=ipfs://${cid}`)).text).toBe("0123456789");
  });

  test("arguments may come from the body, a line each", async () => {
    const cid = await client.add("f", "from a file");
    const answer = await client.ask("block/stat", files(["stdin", `${cid}\n`]));
    expect(JSON.parse(answer.text)).toEqual({ Key: cid, Size: 19 });
    expect((await client.ask(`cat?arg=${cid}`, files(["stdin", `${cid}\n\n${cid}`]))).text).toBe(
      "from a file".repeat(3),
    );
  });

  test("cid-base is for every CID of the answer, and makes them version 1", async () => {
    const cid = await client.add("f", "based");
    const { Key } = JSON.parse((await client.ask(`block/stat?arg=${cid}&cid-base=base16`)).text);
    expect(Key).toBe(`f${Buffer.from(parseCid(cid).toV1().bytes).toString("hex")}`);
    expect(await client.message(`block/stat?arg=${cid}&cid-base=zzz`)).toBe(
      "unsupported multibase encoding: zzz",
    );
  });

  test("a group of commands answers nothing", async () => {
    const answer = await client.ask("pin");
    expect([answer.status, answer.text, answer.headers["x-chunked-output"]]).toEqual([
      200,
      "",
      "1",
    ]);
  });

  test("encoding=text gives text, also for errors", async () => {
    const version = await client.ask("version?encoding=text");
    expect([version.text, version.headers["content-type"]]).toEqual([
      "ipfs version 0.43.0\n",
      "text/plain",
    ]);
    const failed = await client.ask("cat?arg=foo&enc=text");
    expect([failed.status, failed.text]).toEqual([
      500,
      'invalid path "foo": path does not have enough components',
    ]);
  });
});

describe("failures", () => {
  test("before the first byte are a 500 in JSON", async () => {
    const answer = await client.ask(`cat?arg=${absent}`);
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.text)).toEqual({
      Message: `block was not found locally (offline): ipld: could not find ${absent}`,
      Code: 0,
      Type: "error",
    });
    expect(answer.headers["trailer"]).toBe("X-Stream-Error");
  });

  test("after the first byte are a trailer", async () => {
    const root = await client.add(
      "f",
      new Uint8Array(600_000).fill(7),
      "pin=false&raw-leaves=true&chunker=size-100000",
    );
    const [, , , leaf] = (await client.ask(`refs?arg=${root}`)).text.trim().split("\n");
    await client.ask(`block/rm?arg=${JSON.parse(leaf ?? "").Ref}`);
    const distinct = Buffer.concat(Array.from({ length: 6 }, (_, i) => Buffer.alloc(100_000, i)));
    const other = await client.add("g", distinct, "pin=false&raw-leaves=true&chunker=size-100000");
    const lines = (await client.ask(`refs?arg=${other}`)).text.trim().split("\n");
    await client.ask(`block/rm?arg=${JSON.parse(lines.at(-1) ?? "").Ref}`);
    const answer = await client.ask(`dag/export?arg=${other}`);
    expect(answer.status).toBe(200);
    expect(answer.trailer).toContain("could not find");
  });

  test("a timeout ends a command that waits", async () => {
    using data = makeTempFolder();
    await using online = await openKuboStack(data.path, { isOffline: false });
    const post = (path: string) => fetch(`${online.url}/api/v0/${path}`, { method: "POST" });
    const cat = await post(`cat?arg=${absent}&timeout=30ms`);
    expect(await cat.json()).toMatchObject({ Message: "context deadline exceeded" });
    const pin = await post(`pin/add?arg=${absent}&timeout=30ms`);
    expect(await pin.json()).toMatchObject({ Message: "pin: context deadline exceeded" });
    const local = await post(`cat?arg=${absent}&offline=true`);
    expect(await local.json()).toMatchObject({
      Message: expect.stringContaining("could not find"),
    });
  });
});
