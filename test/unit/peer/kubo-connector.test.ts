// Goal: a Kubo elsewhere is used as IPFS Cluster 1.1.6 uses it, and what goes wrong there is told in its words. Method: the
// connector against a small Kubo in this process; time goes by hand where something waits.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { cidOf } from "#dag";
import { type Clock, silentLogger, systemClock } from "#lib";
import { codec, parseCid } from "#model";
import { eventually } from "#test/eventually";
import { type FakeKubo, fakeKuboId, openFakeKubo, refuse, tell } from "#test/fake-kubo";
import { ManualClock } from "#test/manual-clock";
import { pinOf } from "#test/test-pins";

import {
  createKuboConnector,
  type KuboConnector,
  type KuboConnectorOptions,
} from "../../../src/peer/kubo-connector/kubo-connector.ts";
import { parseNodeAddress } from "../../../src/peer/node-address.ts";

let kubo: FakeKubo;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  kubo = stack.use(await openFakeKubo());
});

afterEach(() => stack.disposeAsync());

function connect(
  options: Partial<KuboConnectorOptions> = {},
  clock: Clock = systemClock,
): KuboConnector {
  const deps = { clock, logger: silentLogger, newBoundary: () => "x-1f8b" };
  const connector = createKuboConnector(deps, {
    address: parseNodeAddress(`/ip4/127.0.0.1/tcp/${kubo.port}`, "node_multiaddress"),
    requestTimeoutMs: 5000,
    unpinTimeoutMs: 5000,
    repoGcTimeoutMs: 5000,
    isUnpinDisabled: false,
    ...options,
  });
  return stack.use(connector);
}

const here = cidOf(codec.raw, Buffer.from("here"));
const other = cidOf(codec.raw, Buffer.from("other"));
const [hereText, otherText] = [here.toString(), other.toString()];

/** Calls that say something about pins. */
function pinCalls(): readonly string[] {
  return kubo.calls.filter((call) => call !== "id");
}

describe("a pin", () => {
  beforeEach(() => {
    kubo.blocks.set(here.toString(), Buffer.from("here"));
  });

  test("is asked for with progress, which is told on", async () => {
    const told: number[] = [];
    await connect().pin(pinOf(here), { onProgress: (blocks) => told.push(blocks) });
    expect(pinCalls()).toEqual([`pin/add?arg=${hereText}&recursive=true&progress=true`]);
    expect(told).toEqual([0, 1, 0]);
    expect(kubo.pins.get(here.toString())).toBe("recursive");
  });

  test("of one block is direct, and is found so", async () => {
    const connector = connect();
    await connector.pin(pinOf(here, { maxDepth: 0, mode: "direct" }));
    expect(await connector.pinStatus(here)).toBe("direct");
    expect(await Array.fromAsync(connector.pinList())).toEqual([{ cid: here, mode: "direct" }]);
  });

  test("of what is not here fails as missing when nothing may be fetched", async () => {
    const pinning = connect().pin(pinOf(other), { isLocalOnly: true });
    await expect(pinning).rejects.toMatchObject({ code: "BLOCK_NOT_FOUND" });
    expect(pinCalls()[0]).toEndWith("&offline=true");
  });

  test("of what was just written is never waited for: what has gone since is an error", async () => {
    const connector = connect();
    await connector.pinWritten(pinOf(here, { origins: ["/ip4/1.2.3.4/tcp/1/p2p/x"] }));
    expect(pinCalls()).toEqual([
      `pin/add?arg=${hereText}&recursive=true&progress=true&offline=true`,
    ]);
    const pinning = connector.pinWritten(pinOf(other));
    await expect(pinning).rejects.toMatchObject({ code: "BLOCK_NOT_FOUND" });
  });

  test("that follows another one is an update of it, when the node has that", async () => {
    const connector = connect();
    kubo.pins.set(other.toString(), "recursive");
    await connector.pin(pinOf(here, { pinUpdate: other }));
    expect(pinCalls().at(-1)).toBe(`pin/update?arg=${otherText}&arg=${hereText}&unpin=false`);
    kubo.pins.delete(other.toString());
    await connector.pin(pinOf(here, { pinUpdate: other }));
    expect(pinCalls().at(-1)).toStartWith("pin/add?");
  });

  test("that is no update in time is walked whole, and its first block is a new sign of life", async () => {
    const clock = new ManualClock();
    const connector = connect({ requestTimeoutMs: 3500 }, clock);
    kubo.pins.set(other.toString(), "recursive");
    kubo.answers.set("pin/update", () => undefined);
    const told: number[] = [];
    const onProgress = (blocks: number): void => void told.push(blocks);
    const pinning = connector.pin(pinOf(here, { pinUpdate: other }), { onProgress });
    await eventually(() => pinCalls().some((call) => call.startsWith("pin/update?")));
    for (const beats of [1, 2, 3]) {
      clock.advance(1000);
      await eventually(() => told.length === beats);
    }
    clock.advance(500);
    await pinning;
    expect(kubo.pins.get(here.toString())).toBe("recursive");
    expect(told).toEqual([1, 2, 3, 3, 4, 3]);
  });

  test("has the node connected to its first ten origins", async () => {
    const origins = Array.from({ length: 12 }, (_, index) => `/ip4/1.2.3.4/tcp/${index + 1}/p2p/x`);
    kubo.answers.set("pin/add", async (_call, response) => {
      await eventually(() => kubo.calls.filter((call) => call.startsWith("swarm/")).length === 10);
      tell(response, { Pins: [here.toString()] });
    });
    await connect().pin(pinOf(here, { origins }));
    expect(kubo.calls).toContain("swarm/connect?arg=%2Fip4%2F1.2.3.4%2Ftcp%2F10%2Fp2p%2Fx");
  });

  test("however many wait for their content and their origins, keeps no other call waiting", async () => {
    kubo.answers.set("pin/add", () => undefined).set("swarm/connect", () => undefined);
    const origins = Array.from({ length: 10 }, (_, index) => `/ip4/1.2.3.4/tcp/${index + 1}/p2p/x`);
    const connector = connect();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const pinning = Promise.allSettled(
      Array.from({ length: 15 }, () => connector.pin(pinOf(here, { origins }), { signal })),
    );
    await eventually(() => kubo.calls.filter((call) => call.startsWith("pin/add")).length === 15);
    expect(await connector.repoStat()).toEqual({ repoSize: 5, storageMax: 10 });
    giveUp.abort(new Error("enough"));
    expect((await pinning).map(({ status }) => status)).not.toContain("fulfilled");
  });

  test("that the node refuses fails in the node's words and IPFS Cluster's", async () => {
    kubo.answers.set("pin/add", (_call, response) => refuse(response, "no room"));
    const call = `pin/add?arg=${hereText}&recursive=true&progress=true`;
    const message = `IPFS error (${call}). Code: 500. Message: no room`;
    await expect(connect().pin(pinOf(here))).rejects.toThrow(message);
  });

  test("that fails on its way fails, though the answer began as a success", async () => {
    kubo.answers.set("pin/add", (_call, response) => {
      response.writeHead(200, { Trailer: "X-Stream-Error" });
      response.write("{}\n");
      response.addTrailers({ "X-Stream-Error": "disk on fire" });
      response.end();
    });
    await expect(connect().pin(pinOf(here))).rejects.toThrow("Message: disk on fire");
  });

  test("whose answer ends early is not taken for pinned", async () => {
    kubo.answers.set("pin/add", (_call, response) => tell(response, {}));
    await expect(connect().pin(pinOf(here))).rejects.toMatchObject({ code: "KUBO_DAMAGED" });
  });

  test("is given up at once when the caller gives up, and the node is told", async () => {
    const gone = Promise.withResolvers<void>();
    kubo.answers.set("pin/add", (_call, response) => {
      response.writeHead(200).write("{}\n");
      response.on("close", () => gone.resolve());
    });
    const giveUp = new AbortController();
    const onProgress = (): void => giveUp.abort(new Error("enough"));
    const pinning = connect().pin(pinOf(here), { signal: giveUp.signal, onProgress });
    await expect(pinning).rejects.toThrow("enough");
    await gone.promise;
  });
});

describe("an unpin", () => {
  test("of what is not pinned is a success", async () => {
    await connect().unpin(here);
    expect(pinCalls()).toEqual([`pin/rm?arg=${hereText}`]);
  });

  test("is refused where the configuration says so", async () => {
    const message = "ipfs unpinning is disallowed by configuration on this peer";
    await expect(connect({ isUnpinDisabled: true }).unpin(here)).rejects.toThrow(message);
    expect(pinCalls()).toEqual([]);
  });
});

describe("statuses of many pins", () => {
  const many = Array.from({ length: 500 }, (_, index) =>
    cidOf(codec.raw, Buffer.from(String(index))),
  );

  test("come from one list of the node", async () => {
    for (const cid of many.slice(0, 300)) kubo.pins.set(cid.toString(), "recursive");
    for (const cid of many.slice(300, 400)) kubo.pins.set(cid.toString(), "direct");
    const statuses = await connect().pinStatuses?.(many);
    expect(statuses?.filter((mode) => mode === "recursive")).toHaveLength(300);
    expect(statuses?.filter((mode) => mode === "direct")).toHaveLength(100);
    expect(statuses?.at(-1)).toBeUndefined();
    expect(pinCalls()).toHaveLength(2);
  });

  test("are an error in IPFS Cluster's words when the node is away", async () => {
    const connector = connect();
    await kubo.stop();
    const asking = connector.pinStatuses?.(many) ?? Promise.resolve();
    const url = `http://127.0.0.1:${kubo.port}/api/v0/pin/ls?stream=true&type=recursive`;
    await expect(asking).rejects.toThrow(
      `could not get pinset from IPFS: Post "${url}": dial tcp 127.0.0.1:${kubo.port}: connect: connection refused`,
    );
  });
});

describe("blocks", () => {
  test("are put in batches by kind, and none is lost", async () => {
    await using writer = connect().openWriter();
    const contents = Array.from({ length: 3000 }, (_, index) => Buffer.from(`block ${index}`));
    for (const [index, content] of contents.entries()) {
      const hash = index % 3 === 0 ? "blake2b-256" : "sha2-256";
      await writer.put(
        cidOf(index % 2 === 0 ? codec.raw : codec.dagPb, content, { hash }),
        content,
      );
    }
    await writer.flush();
    expect(kubo.blocks.size).toBe(3000);
    expect(pinCalls().length).toBeLessThan(10);
    expect(new Set(pinCalls())).toContain(
      "block/put?allow-big-block=true&cid-codec=dag-pb&mhlen=32&mhtype=blake2b-256&pin=false",
    );
  });

  test("that the node took for others are an error", async () => {
    kubo.answers.set("block/put", (_call, response) => tell(response, { Key: other.toString() }));
    await using writer = connect().openWriter();
    await writer.put(here, Buffer.from("here"));
    await expect(writer.flush()).rejects.toThrow(`it took ${hereText} for ${otherText}`);
  });

  test("within their CID are not put", async () => {
    await using writer = connect().openWriter();
    await writer.put(parseCid("bafkqaaa"), Buffer.of());
    await writer.flush();
    expect(pinCalls()).toEqual([]);
  });
});

describe("the links of a block", () => {
  test("are told in the node's order", async () => {
    kubo.answers.set("refs", (_call, response) =>
      tell(response, { Ref: otherText }, { Ref: hereText }),
    );
    expect(await connect().linksOf(here)).toEqual([other, here]);
  });

  test("that cannot be read are an error, which the node tells within a success", async () => {
    kubo.answers.set("refs", (_call, response) =>
      tell(response, { Ref: "", Err: "no such block" }),
    );
    await expect(connect().linksOf(here)).rejects.toThrow("Message: no such block");
  });
});

describe("a collection of garbage", () => {
  test("yields what went, and tells at the end what did not", async () => {
    const key = { "/": here.toString() };
    kubo.answers.set("repo/gc", (_call, response) => {
      tell(response, { Key: key }, { Error: "stuck" }, { Key: key });
    });
    const gone: string[] = [];
    const collecting = async (): Promise<void> => {
      for await (const cid of connect().collectGarbage()) gone.push(cid.toString());
    };
    await expect(collecting()).rejects.toThrow("stuck");
    expect(gone).toEqual([here.toString(), here.toString()]);
  });
});

describe("a path", () => {
  test("that is a CID is not asked for; another is, and its root counts", async () => {
    const connector = connect();
    const answer = { Path: `/ipld/${hereText}/a/b` };
    kubo.answers.set("resolve", (_call, response) => tell(response, answer));
    expect(await connector.resolve(`/ipfs/${otherText}`)).toEqual(other);
    expect(pinCalls()).toEqual([]);
    expect(await connector.resolve(`/ipfs/${otherText}/x`)).toEqual(here);
    expect(pinCalls()).toEqual([`resolve?arg=${encodeURIComponent(`/ipfs/${otherText}/x`)}`]);
  });
});

describe("a node", () => {
  test("is described, and known by its last id when it is away", async () => {
    const connector = connect();
    expect(await connector.id()).toEqual({ id: fakeKuboId, addresses: ["/ip4/1.2.3.4/tcp/1"] });
    await kubo.stop();
    const refused = `dial tcp 127.0.0.1:${kubo.port}: connect: connection refused`;
    await expect(connector.repoStat()).rejects.toThrow(
      `Post "http://127.0.0.1:${kubo.port}/api/v0/repo/stat?size-only=true": ${refused}`,
    );
    expect(connector.lastId?.()).toBe(fakeKuboId);
  });

  test("that comes late is noticed, and so is its return", async () => {
    await kubo.stop();
    const connector = connect();
    await expect(connector.repoStat()).rejects.toMatchObject({ code: "KUBO_UNREACHABLE" });
    expect(await Promise.race([connector.ready, "not yet"])).toBe("not yet");
    await kubo.start();
    await connector.ready;
    const returned = Promise.withResolvers<void>();
    connector.onReturn(() => returned.resolve());
    await kubo.stop();
    await expect(connector.repoStat()).rejects.toMatchObject({ code: "KUBO_UNREACHABLE" });
    await kubo.start();
    await returned.promise;
    expect(await connector.repoStat()).toEqual({ repoSize: 5, storageMax: 10 });
  });

  test("that does not answer is given up after the configured time", async () => {
    kubo.answers.set("repo/stat", () => undefined);
    const asking = connect({ requestTimeoutMs: 50 }).repoStat();
    await expect(asking).rejects.toMatchObject({ code: "KUBO_TIMEOUT" });
  });

  test("that is something else is told as such", async () => {
    kubo.answers.set("repo/stat", (_call, response) => {
      response.writeHead(502).end("bad gateway");
    });
    const message = "IPFS request failed (is it running?) (repo/stat?size-only=true). Code 502";
    await expect(connect().repoStat()).rejects.toThrow(message);
  });

  test("that closes a kept connection is asked again on another", async () => {
    const connector = connect();
    await connector.repoStat();
    await kubo.stop();
    await kubo.start();
    expect(await connector.repoStat()).toEqual({ repoSize: 5, storageMax: 10 });
  });
});
