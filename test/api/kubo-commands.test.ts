// Goal: the RPC's commands do what they say, beyond the recorded requests. Method: requests to a node over a temp
// folder; expected values from the behaviour of Kubo 0.44.0-dev with the same requests.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";

import { parseCid } from "#model";
import { files, KuboClient } from "#test/kubo-client";
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

describe("add", () => {
  test("pins every root for itself, with the name, and only then ends", async () => {
    const { text } = await client.ask("add?pin-name=n", files(["a", "root a"], ["b", "root b"]));
    for (const line of text.trim().split("\n")) {
      const { Hash } = JSON.parse(line);
      expect(await kubo.ipfs.pins.get(parseCid(Hash))).toMatchObject({
        mode: "recursive",
        name: "n",
      });
    }
    const wrapped = await client.ask(
      "add?wrap-with-directory=true",
      files(["w1", "w"], ["w2", "x"]),
    );
    const hashes = wrapped.text
      .trim()
      .split("\n")
      .map((line) => parseCid(JSON.parse(line).Hash));
    const pinned = await Promise.all(hashes.map((cid) => kubo.ipfs.pins.get(cid)));
    expect(pinned.map((record) => record?.mode)).toEqual([undefined, undefined, "recursive"]);
  });

  test("only-hash stores nothing", async () => {
    const cid = await client.add("f", "never stored", "only-hash=true");
    expect(await kubo.ipfs.blocks.has(parseCid(cid))).toBe(false);
  });

  test("an empty upload, and one that breaks off, are errors", async () => {
    expect(await client.message("add", files())).toBe("expected a file argument");
    const { body, headers } = files(["f", "abc"]);
    const cut = Buffer.from(body).subarray(0, -10);
    expect(await client.message("add", { headers, body: cut })).toBe("multipart: NextPart: EOF");
  });

  test("tells progress in steps and what the client sent of modes and times", async () => {
    const name = 'file?mode=0644&mtime=1604320482&mtime-nsecs=5"; filename="p';
    const body = Buffer.from(
      `--BB\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nabc\r\n--BB--`,
    );
    const headers = { "Content-Type": "multipart/form-data; boundary=BB" };
    const { text } = await client.ask("add?progress=true&pin=false", { headers, body });
    const echo = { Mode: "0644", Mtime: 1604320482, MtimeNsecs: 5 };
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { Name: "p", Bytes: 3, ...echo },
      { Name: "p", Hash: expect.any(String), Size: "11", ...echo },
    ]);
  });

  test("a name that is too long for a pin is refused", async () => {
    const message = await client.message(`add?pin-name=${"n".repeat(300)}`, files(["a", "a"]));
    expect(message).toBe("pin name is 300 bytes (max 255 bytes)");
  });
});

describe("reading", () => {
  test("cat concatenates files, with one offset and length for all, and refuses folders", async () => {
    const [a, b] = [await client.add("a", "aaaa"), await client.add("b", "bbbb")];
    const answer = await client.ask(`cat?arg=${a}&arg=${b}&offset=2&length=4`);
    expect([answer.text, answer.headers["x-content-length"]]).toEqual(["aabb", "4"]);
    expect((await client.ask(`cat?arg=${a}&offset=99`)).text).toBe("");
    const folderCid = await client.add("d/x", "x");
    expect(await client.message(`cat?arg=${folderCid}`)).toBe("this dag node is a directory");
  });

  test("get gives a tar, compressed when asked, or the bare file compressed", async () => {
    const cid = await client.add("f", "tar me");
    const tar = await client.ask(`get?arg=${cid}`);
    expect(tar.headers["content-type"]).toBe("application/x-tar");
    expect(tar.headers["x-content-length"]).toBe("6");
    expect(tar.text).toContain("tar me");
    const zipped = await client.ask(`get?arg=${cid}&archive=true&compress=true`);
    expect(zipped.headers["content-type"]).toBe("application/gzip");
    expect(gunzipSync(zipped.body).toString()).toContain("tar me");
    const file = await client.ask(`get?arg=${cid}&compress=true&l=9`);
    expect(gunzipSync(file.body).toString()).toBe("tar me");
    const directory = await client.add("d/x", "x");
    expect(await client.message(`get?arg=${directory}&compress=true`)).toBe("file is not regular");
    expect(await client.message(`get?arg=${cid}&C=true&l=11`)).toBe(
      "compression level must be between 1 and 9",
    );
  });

  test("ls shows the pieces of a file, and no types when it must not look", async () => {
    const cid = await client.add("f", new Uint8Array(600_000), "pin=false");
    const links = async (query: string): Promise<unknown> => {
      const [object] = JSON.parse((await client.ask(`ls?arg=${cid}${query}`)).text).Objects;
      return object.Links.map((link: Record<string, unknown>) => [
        link["Name"],
        link["Size"],
        link["Type"],
      ]);
    };
    expect(await links("")).toEqual([
      ["", 262144, 2],
      ["", 262144, 2],
      ["", 75712, 2],
    ]);
    expect(await links("&size=false&resolve-type=false")).toEqual([
      ["", 0, 0],
      ["", 0, 0],
      ["", 0, 0],
    ]);
  });

  test("refs follows links to a depth, tells edges, and a missing block in its place", async () => {
    const root = await client.add("d/e/f", "leaf");
    const refs = async (query: string): Promise<string[]> =>
      (await client.ask(`refs?arg=${root}&${query}`)).text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).Ref);
    expect(await refs("")).toHaveLength(1);
    expect(await refs("recursive=true")).toHaveLength(2);
    expect((await refs("recursive=true&edges=true"))[0]).toStartWith(`${root} -> `);
    expect(await refs("recursive=true&format=<linkname>")).toEqual(["e", "f"]);
    const broken = await client.ask(`refs?arg=${absent.replace("bafkrei", "bafybei")}`);
    expect([broken.status, JSON.parse(broken.text).Ref]).toEqual([200, ""]);
  });
});

async function put(query: string): Promise<unknown> {
  const [line] = await client.lines(`block/put?${query}`, files(["b", "hello"]));
  return line;
}

function send(to: KuboStack, car: Uint8Array, query = ""): Promise<readonly unknown[]> {
  return new KuboClient(to.url).lines(`dag/import?${query}`, files(["c", car]));
}

describe("blocks and CARs", () => {
  test("block/put makes the CID that was asked for", async () => {
    expect(await put("format=v0")).toEqual({
      Key: "QmRN6wdp1S2A5EtjW9A3M1vKSBuQQGcgvuhoMUoEz4iiT5",
      Size: 5,
    });
    expect(await put("cid-codec=0x71")).toMatchObject({
      Key: "bafyreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",
    });
    expect(await put("cid-codec=dag-pb&mhtype=sha3-256")).toMatchObject({
      Key: "bafybmibthc7gst2qyxztrakjq3g7a2dekouirocpijgxskxuxeqchghtsi",
    });
    expect(await put("mhtype=identity")).toMatchObject({ Key: "bafkqablimvwgy3y" });
    expect(await put("mhtype=zzz")).toMatchObject({
      Message: "unrecognized multihash function: zzz",
    });
    expect(await put("mhtype=md5")).toMatchObject({
      Message: "potentially insecure hash functions not allowed",
    });
    expect(await put("mhlen=10")).toMatchObject({
      Message: "digest too small: sha2-256 digest got 10 bytes, minimum 20",
    });
    expect(await put("format=zz")).toMatchObject({ Message: 'unknown multicodec: "zz"' });
  });

  test("block/rm tells in its lines what it could not do", async () => {
    const [kept, loose] = [
      await client.add("k", "kept"),
      await client.add("l", "loose", "pin=false"),
    ];
    const answer = await client.ask(`block/rm?arg=${kept}&arg=${loose}&arg=${absent}`);
    expect(
      answer.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { Hash: kept, Error: "pinned: recursive" },
      { Hash: loose },
      { Hash: absent, Error: `ipld: could not find ${absent}` },
    ]);
    expect((await client.ask(`block/rm?arg=${absent}&force=true&quiet=true`)).text).toBe("");
  });

  test("a CAR goes out and in; a root without its blocks is told, not an error", async () => {
    const root = await client.add("d/f", "in a car");
    const car = await client.ask(`dag/export?arg=${root}`);
    expect(car.headers["content-type"]).toBe("application/vnd.ipld.car");
    using data = makeTempFolder();
    await using other = await openKuboStack(`${data.path}/1`, { isOffline: true });
    await using empty = await openKuboStack(`${data.path}/2`, { isOffline: true });
    const whole = { Root: { Cid: { "/": root }, PinErrorMsg: "" } };
    const stats = { Stats: { BlockCount: 2, BlockBytesCount: 63 } };
    expect(await send(other, car.body, "stats=true")).toEqual([whole, stats]);
    expect(await other.ipfs.pins.get(parseCid(root))).toBeDefined();
    expect(await send(other, car.body, "pin-roots=false")).toEqual([]);
    const headOnly = car.body.subarray(0, (car.body[0] ?? 0) + 1);
    const missing = expect.stringContaining("could not find");
    expect(await send(empty, headOnly)).toMatchObject([{ Root: { PinErrorMsg: missing } }]);
    const after = expect.stringContaining("import failed after block");
    expect(await send(other, car.body.subarray(0, -3))).toMatchObject([{ Message: after }]);
    const both = expect.stringContaining("cannot be combined");
    const query = "local-only=true&pin-roots=true";
    expect(await send(other, car.body, query)).toMatchObject([{ Message: both }]);
  });
});

describe("pins and the repository", () => {
  test("pin/ls finds direct, recursive and indirect pins", async () => {
    const root = await client.add("d/f", "pinned below");
    const leaf = await client.add("f", "pinned below", "pin=false");
    expect(JSON.parse((await client.ask(`pin/ls?arg=${leaf}`)).text)).toEqual({
      Keys: { [leaf]: { Type: `indirect through ${root}`, Name: "" } },
    });
    const indirect = JSON.parse((await client.ask("pin/ls?type=indirect")).text).Keys;
    expect(indirect[leaf]).toEqual({ Type: "indirect", Name: "" });
    expect(indirect[root]).toBeUndefined();
    expect(await client.message(`pin/ls?arg=${leaf}&type=direct`)).toBe(
      `path '${leaf}' is not pinned`,
    );
    expect(await client.message("pin/ls?type=zz")).toContain(
      "must be one of {direct, indirect, recursive, all}",
    );
  });

  test("pins have names, modes that exclude each other, and are updated with their name", async () => {
    const [from, to] = [
      await client.add("a", "from", "pin=false"),
      await client.add("b", "to", "pin=false"),
    ];
    await client.ask(`pin/add?arg=${from}&name=keep`);
    expect(await client.message(`pin/add?arg=${from}&recursive=false`)).toBe(
      `pin: ${from} already pinned recursively`,
    );
    expect(await client.message(`pin/rm?arg=${from}&r=false`)).toBe(
      `${from} is pinned recursively`,
    );
    expect(JSON.parse((await client.ask(`pin/update?arg=${from}&arg=${to}`)).text)).toEqual({
      Pins: [from, to],
    });
    const lines = (await client.ask("pin/ls?names=true&stream=true&type=recursive")).text
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      Cid: to,
      Name: "keep",
      Type: "recursive",
    });
    expect(JSON.parse((await client.ask(`pin/rm?arg=${to}`)).text)).toEqual({ Pins: [to] });
    expect(await client.message(`pin/rm?arg=${to}`)).toBe("not pinned or pinned indirectly");
  });

  test("a collection tells what it removed, and a check finds every block sound", async () => {
    const cid = await client.add("f", "garbage", "pin=false&cid-version=1");
    const removed = (await client.ask("repo/gc")).text;
    expect(removed).toContain(`{"Key":{"/":"${cid}"}}\n`);
    const verified = (await client.ask("repo/verify")).text.trim().split("\n");
    expect(JSON.parse(verified.at(-1) ?? "")).toEqual({
      Msg: "verify complete, all blocks validated.",
      Progress: 0,
    });
  });

  test("repo/stat has every key, with size-only too", async () => {
    const whole = JSON.parse((await client.ask("repo/stat")).text);
    expect(Object.keys(whole)).toEqual([
      "RepoSize",
      "StorageMax",
      "NumObjects",
      "RepoPath",
      "Version",
    ]);
    const sizes = JSON.parse((await client.ask("repo/stat?size-only=true")).text);
    expect(sizes).toMatchObject({
      StorageMax: 10_000_000_000,
      NumObjects: 0,
      RepoPath: "",
      Version: "",
    });
  });
});
