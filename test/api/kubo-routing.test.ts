// Goal: routing, dht and provide answer as Kubo does. Method: requests to a node with a fake network; expected values
// from what Kubo 0.44.0-dev answered to the same requests beside another Kubo.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { type FakeNetwork, fakePeers, openFakeNetwork } from "#test/fake-network";
import { files, KuboClient } from "#test/kubo-client";
import { type KuboStack, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const { self, near, far, lost } = fakePeers;
const absent = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";

let folder: TempFolder;
let kubo: KuboStack;
let client: KuboClient;
let network: FakeNetwork;

beforeEach(async () => {
  folder = makeTempFolder();
  network = openFakeNetwork();
  kubo = await openKuboStack(folder.path, { network });
  client = new KuboClient(kubo.url);
});
afterEach(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function text(path: string): Promise<string> {
  return (await client.ask(`${path}&encoding=text`)).text;
}

const asking = { Extra: "", ID: near, Responses: null, Type: 0 };
function found(peer: string, address: string): Record<string, unknown> {
  return { Extra: "", ID: "", Responses: [{ ID: peer, Addrs: [address] }], Type: 2 };
}
const answered = { Extra: "", ID: near, Responses: [], Type: 1 };

describe("findprovs", () => {
  test("tells the steps and each provider", async () => {
    network.content.add(absent);
    const provider = { ...found(far, "/ip4/10.0.0.2/tcp/4001"), Type: 4 };
    expect(await client.lines(`routing/findprovs?arg=${absent}`)).toEqual([
      asking,
      answered,
      provider,
    ]);
    expect(await text(`routing/findprovs?arg=/ipfs/${absent}`)).toBe(`${far}\n`);
    expect(await text(`routing/findprovs?arg=${absent}&verbose=true`)).toMatch(
      new RegExp(
        `^[\\d:.]{12}: \\* querying ${near}\n.*: \\* ${near} says use \n.*: provider: ${far}\n\t/ip4/10.0.0.2/tcp/4001\n$`,
      ),
    );
  });

  test("ends without an error when nobody has it, or nobody is there", async () => {
    expect(await client.lines(`routing/findprovs?arg=${absent}`)).toEqual([asking, answered]);
    await network.host.disconnect(near);
    const alone = await client.ask(`routing/findprovs?arg=${absent}`);
    expect([alone.status, alone.trailer]).toEqual([200, undefined]);
    expect(JSON.parse(alone.text)).toEqual({
      Extra: "failed to find any peer in table",
      ID: "",
      Responses: null,
      Type: 3,
    });
  });

  test.each([
    ["foo", 'invalid path "foo": path does not have enough components'],
    [`${absent}&n=0`, "number of providers must be greater than 0"],
    [`/ipfs/${absent}/x`, `"/ipfs/${absent}/x" points below a root CID, expected a single CID`],
  ])("refuses %s", async (argument, message) => {
    expect(await client.message(`routing/findprovs?arg=${argument}`)).toBe(message);
  });
});

describe("findpeer", () => {
  test("finds addresses, at once of a peer that is connected", async () => {
    expect(await client.lines(`routing/findpeer?arg=${near}`)).toEqual([
      found(near, "/ip4/10.0.0.1/tcp/4001"),
    ]);
    expect(await client.lines(`routing/findpeer?arg=${far}`)).toEqual([
      asking,
      found(far, "/ip4/10.0.0.2/tcp/4001"),
    ]);
    expect(await text(`routing/findpeer?arg=${far}`)).toBe("/ip4/10.0.0.2/tcp/4001\n");
  });

  test("tells in the stream and its trailer that nobody knows a peer", async () => {
    const answer = await client.ask(`routing/findpeer?arg=${lost}`);
    expect([answer.status, answer.trailer]).toEqual([200, "routing: not found"]);
    expect(answer.text).toEndWith(
      '{"Extra":"routing: not found","ID":"","Responses":null,"Type":3}\n',
    );
    const asText = await client.ask(`routing/findpeer?arg=${lost}&encoding=text`);
    expect([asText.status, asText.text, asText.trailer]).toEqual([200, "", "routing: not found"]);
    expect(await client.message(`routing/findpeer?arg=${self}`)).toBe(
      "finding your own node in the DHT is currently not supported",
    );
  });
});

describe("provide", () => {
  test("tells the network of what is here, with all below it when asked", async () => {
    const folderCid = await client.add("d/f", "x");
    const answer = await client.ask(`routing/provide?arg=${folderCid}`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(network.provided).toEqual([folderCid]);
    await client.ask(`routing/provide?arg=${folderCid}&recursive=true`);
    expect(network.enqueued).toHaveLength(2);
    expect(await client.message(`routing/provide?arg=${absent}`)).toBe(
      `block ${absent} not found locally, cannot provide`,
    );
  });

  test("once queues each CID once, and clear empties the queue", async () => {
    const folderCid = await client.add("d/f", "x");
    const lines = await client.lines(`provide/once?arg=${folderCid}&arg=${folderCid}&r=true`);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({ Queued: folderCid });
    expect(network.enqueued).toHaveLength(2);
    expect((await client.ask("provide/clear")).text).toBe("2\n");
    expect(await text("provide/clear?")).toBe("removed 0 items from provide queue\n");
    expect(await client.message("provide/once?arg=foo")).toBe(
      'invalid CID "foo": invalid path "foo": path does not have enough components',
    );
  });

  test("needs peers", async () => {
    await network.host.disconnect(near);
    const cid = await client.add("f", "x");
    expect(await client.message(`routing/provide?arg=${cid}`)).toBe(
      "cannot provide, no connected peers",
    );
    expect(await client.message(`provide/once?arg=${cid}`)).toBe(
      "cannot provide: no connected peers",
    );
  });

  test("tells of the sweeps in Kubo's form, and in words", async () => {
    const [stat] = await client.lines("provide/stat");
    expect(stat).toMatchObject({
      Sweep: {
        closed: false,
        connectivity: { status: "online" },
        queues: { pending_key_provides: 0 },
        timing: { reprovides_interval: 79_200_000_000_000 },
        operations: { past: { keys_provided: 1234, keys_failed: 1 } },
      },
      Legacy: null,
      FullRT: false,
    });
    expect((await client.lines("stats/provide"))[0]).toEqual(stat ?? {});
    expect(await text("provide/stat?")).toContain("Total CIDs provided:    1k (1,234)\n");
    expect(await client.message("routing/reprovide")).toStartWith(
      "manual reprovide is not available with the sweep provider",
    );
  });
});

describe("records", () => {
  test("get asks for the key with the peer id as bytes", async () => {
    const key = Buffer.concat([
      Buffer.from("/ipns/"),
      Buffer.from(
        "0024080112206016a32312bd947f4d134ac516fb5c8b7b4bcfe66968c977567bdac6f87e0ade",
        "hex",
      ),
    ]);
    network.records.set(key.toString("hex"), Uint8Array.of(0xff, 1));
    const path = `routing/get?arg=/ipns/${lost}`;
    expect(await client.lines(path)).toEqual([{ ID: "", Type: 5, Responses: null, Extra: "/wE=" }]);
    const raw = await client.ask(`${path}&encoding=text`);
    expect([...raw.body]).toEqual([0xff, 1]);
  });

  test.each([
    ["foo", "invalid key"],
    ["/ipns/foo", "failed to parse peer ID: invalid cid: encoding/hex: invalid byte: U+006F 'o'"],
    [`/ipns/${near}`, "routing: not found"],
  ])("get of %s fails as in Kubo", async (key, message) => {
    expect(await client.message(`routing/get?arg=${key}`)).toBe(message);
  });

  test("put refuses what is no key, and asks for its arguments in order", async () => {
    expect((await client.ask("routing/put")).text).toBe('argument "key" is required\n');
    expect((await client.ask(`routing/put?arg=/ipns/${lost}`)).text).toBe(
      "file argument 'value-file' is required\n",
    );
    expect(await client.message(`routing/put?arg=${lost}`, files(["r", "x"]))).toBe("invalid key");
  });
});

describe("dht", () => {
  test("query tells the steps and the closest peers", async () => {
    expect(await client.lines(`dht/query?arg=${lost}`)).toEqual([
      asking,
      answered,
      { Extra: "", ID: near, Responses: null, Type: 2 },
    ]);
    expect(await text(`dht/query?arg=${lost}`)).toBe(`${near}\n`);
    const wrong = await client.ask("dht/query?arg=foo");
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([
      400,
      { Message: "invalid peer ID", Code: 1, Type: "error" },
    ]);
  });

  test.each(["findprovs", "findpeer", "get", "put", "provide"])("%s is gone", async (name) => {
    expect(await client.message(`dht/${name}?arg=x`)).toBe("removed, use 'ipfs routing' instead");
  });
});
