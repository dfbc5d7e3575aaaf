// Goal: our own nodes form a DHT: they find providers, peers and values, live with those that leave, and stand those that
// mean ill. Method: several nodes in this process over TCP on loopback; the LAN DHT, since the addresses are private.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import { systemClock } from "#lib";
import { type DhtNode, openDhtNode } from "#test/dht-node";
import { eventually } from "#test/eventually";

import { encodeMessage, messageType } from "../../../src/net/dht/message.ts";
import { HostStream } from "../../../src/net/streams/stream.ts";
import type { QueryEvent, RecordValidator } from "../../../src/net/types.ts";

setDefaultTimeout(30_000); // sixteen nodes, on a machine that may be busy

const lanProtocol = "/ipfs/lan/kad/1.0.0";

/** The larger first byte is better; zero is not valid. */
const numbers: RecordValidator = {
  namespace: "num",
  validate: async (_key, value) => {
    if (value[0] === 0) throw new Error("zero");
  },
  select: (_key, values) => {
    const firsts = values.map((value) => value[0] ?? 0);
    return firsts.indexOf(Math.max(...firsts));
  },
};

function randomKey(code = 0x12): Uint8Array {
  return Uint8Array.from([code, 32, ...crypto.getRandomValues(new Uint8Array(32))]);
}

/** All know the first one, and by it each other. */
async function openNodes(count: number): Promise<DhtNode[]> {
  const nodes = await Promise.all(
    Array.from({ length: count }, () => openDhtNode({ validators: [numbers] })),
  );
  const [first, ...others] = nodes;
  for (const node of others) await node.connect(first?.addresses[0] ?? "");
  await eventually(() => nodes.every(({ dht }) => dht.size >= Math.min(count - 1, 5)));
  return nodes;
}

async function close(nodes: readonly DhtNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
}

function at(nodes: readonly DhtNode[], index: number): DhtNode {
  const node = nodes[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

describe("eight nodes", () => {
  let nodes: DhtNode[] = [];

  beforeAll(async () => {
    nodes = await openNodes(8);
  }, 30_000);
  afterAll(() => close(nodes));

  test("each is a server on the local network and a client beyond", () => {
    const { dht, libp2p } = at(nodes, 0);
    expect(dht.mode()).toBe("client");
    expect(libp2p.getProtocols()).toContain(lanProtocol);
    expect(libp2p.getProtocols()).not.toContain("/ipfs/kad/1.0.0");
    const [wan, lan] = dht.tables();
    expect(wan).toMatchObject({ name: "wan", mode: "client", buckets: [] });
    expect(lan).toMatchObject({ name: "lan", mode: "server" });
    expect(lan?.buckets.reduce((sum, { peers }) => sum + peers.length, 0)).toBe(dht.size);
  });

  test("what one provides another finds, with its addresses, whatever the hash", async () => {
    for (const code of [0x12, 0x16, 0x1e]) {
      const key = randomKey(code);
      const provider = at(nodes, 3);
      await provider.dht.provide(key);
      const found = await Array.fromAsync(at(nodes, 6).dht.findProviders(key));
      expect(found).toEqual([{ peer: provider.id, addresses: [withoutId(provider)] }]);
    }
  });

  test("all providers come, each once, or as many as are wanted", async () => {
    const key = randomKey();
    for (const index of [1, 2, 3, 4]) await at(nodes, index).dht.provide(key);
    const ids = [1, 2, 3, 4].map((index) => at(nodes, index).id).toSorted();
    const found = await Array.fromAsync(at(nodes, 7).dht.findProviders(key));
    expect(found.map(({ peer }) => peer).toSorted()).toEqual(ids);
    const two = await Array.fromAsync(at(nodes, 7).dht.findProviders(key, { max: 2 }));
    expect(two).toHaveLength(2);
  });

  test("what nobody has is found out", async () => {
    const events: QueryEvent[] = [];
    const onEvent = (event: QueryEvent): void => {
      events.push(event);
    };
    const options = { onEvent };
    expect(await Array.fromAsync(at(nodes, 0).dht.findProviders(randomKey(), options))).toEqual([]);
    const asked = events.filter(({ type }) => type === "sendingQuery").map(({ peer }) => peer);
    const answered = events.filter(({ type }) => type === "peerResponse").map(({ peer }) => peer);
    expect(asked.toSorted()).toEqual(answered.toSorted());
    expect(new Set(asked).size).toBe(7);
  });

  test("a peer is found by its id, and one that does not exist is not", async () => {
    const { id } = at(nodes, 5);
    expect(await at(nodes, 1).dht.findPeer(id)).toEqual({
      peer: id,
      addresses: [withoutId(at(nodes, 5))],
    });
    const stranger = "12D3KooWM8sovaEGU1bmiWGWAzvs47DEcXKZZTuJnpQyVTkRs2Vn";
    await expect(at(nodes, 1).dht.findPeer(stranger)).rejects.toMatchObject({
      code: "PEER_NOT_FOUND",
    });
  });

  test("many keys go to one peer in one stream", async () => {
    const keys = Array.from({ length: 2000 }, () => randomKey());
    const [teller, holder] = [at(nodes, 1), at(nodes, 2)];
    expect(await teller.dht.provideTo([holder.id], keys)).toBe(1);
    for (const key of [keys[0], keys[999], keys[1999]]) {
      const found = await Array.fromAsync(at(nodes, 4).dht.findProviders(key ?? new Uint8Array()));
      expect(found.map(({ peer }) => peer)).toEqual([teller.id]);
    }
  });

  test("a peer that cannot be told is passed over", async () => {
    const nobody = "12D3KooWM8sovaEGU1bmiWGWAzvs47DEcXKZZTuJnpQyVTkRs2Vn";
    const told = await at(nodes, 1).dht.provideTo([nobody, at(nodes, 2).id], [randomKey()]);
    expect(told).toBe(1);
  });

  test("values are found, the better one stays, and what is not valid goes nowhere", async () => {
    const key = new TextEncoder().encode(`/num/${crypto.randomUUID()}`);
    await at(nodes, 1).dht.put(key, Uint8Array.of(5));
    await at(nodes, 2).dht.put(key, Uint8Array.of(7));
    const values = await Array.fromAsync(at(nodes, 6).dht.values(key));
    expect(new Set(values.map(({ value }) => value[0]))).toEqual(new Set([7]));
    await expect(at(nodes, 1).dht.put(key, Uint8Array.of(0))).rejects.toMatchObject({
      code: "RECORD_REFUSED",
    });
    await expect(at(nodes, 1).dht.put(key, Uint8Array.of(1))).rejects.toMatchObject({
      code: "RECORD_REFUSED",
    });
  });

  test("the closest peers are those of all, nearest first", async () => {
    const key = randomKey();
    const found = await Array.fromAsync(at(nodes, 0).dht.closestPeers(key));
    const others = nodes.slice(1).map(({ id }) => id);
    expect(found.map(({ peer }) => peer).toSorted()).toEqual(others.toSorted());
    const again = await Array.fromAsync(at(nodes, 0).dht.closestPeers(key));
    expect(again).toEqual(found);
  });

  test("a search ends with its consumer, and with its signal", async () => {
    const key = randomKey();
    await at(nodes, 3).dht.provide(key);
    for await (const _ of at(nodes, 5).dht.findProviders(key)) break;
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    const { dht } = at(nodes, 5);
    const { signal } = stop;
    await expect(Array.fromAsync(dht.findProviders(key, { signal }))).rejects.toThrow("enough");
    await expect(dht.provide(key, { signal })).rejects.toThrow("enough");
    await expect(Array.fromAsync(dht.values(key, { signal }))).rejects.toThrow("enough");
    const late = new AbortController();
    const onEvent = (): void => late.abort(new Error("enough"));
    const search = Array.fromAsync(dht.closestPeers(key, { signal: late.signal, onEvent }));
    await expect(search).rejects.toThrow("enough");
    await eventually(() => streamsOf(at(nodes, 5)) === 0);
  });

  test("who says that another provides is not believed", async () => {
    const key = randomKey();
    const liar = at(nodes, 1);
    const message = encodeMessage({
      type: messageType.addProvider,
      key,
      providers: [
        {
          id: at(nodes, 2).libp2p.peerId.toMultihash().bytes,
          addresses: [Uint8Array.of(4, 1, 2, 3, 4)],
        },
      ],
    });
    await send(liar, at(nodes, 3), message);
    expect(await Array.fromAsync(at(nodes, 3).dht.findProviders(key))).toEqual([]);
  });

  test("a message that is too large, or none, ends its stream and nothing else", async () => {
    const [hostile, node] = [at(nodes, 1), at(nodes, 3)];
    expect(await send(hostile, node, new Uint8Array(100_000))).toBe("reset");
    expect(await send(hostile, node, Uint8Array.of(0xff, 0xff, 0xff))).toBe("reset");
    expect(await send(hostile, node, encodeMessage({ type: messageType.ping }))).toBe("answered");
    expect(await send(hostile, node, encodeMessage({ type: messageType.findNode }))).toBe("reset");
  });
});

test("when half of them leave without a word the rest find what they hold", async () => {
  const nodes = await openNodes(8);
  try {
    const key = randomKey();
    await at(nodes, 7).dht.provide(key);
    await close(nodes.slice(0, 4));
    const rest = nodes.slice(4);
    const found = await Array.fromAsync(at(rest, 0).dht.findProviders(key));
    expect(found.map(({ peer }) => peer)).toEqual([at(rest, 3).id]);
    for (const { dht } of rest) await Array.fromAsync(dht.closestPeers(key));
    expect(rest.every(({ dht }) => dht.size === 3)).toBe(true);
    const other = randomKey();
    await at(rest, 1).dht.provide(other);
    expect(await Array.fromAsync(at(rest, 2).dht.findProviders(other))).toHaveLength(1);
  } finally {
    await close(nodes.slice(4));
  }
});

test("a node that is alone says so soon, and a client answers nobody", async () => {
  await using alone = await openDhtNode({ mode: "client" });
  expect(alone.libp2p.getProtocols()).not.toContain(lanProtocol);
  const stop = new AbortController();
  const search = alone.dht.provide(randomKey(), { signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(search).rejects.toThrow("enough");
});

test("a node that is told to be a server is one", async () => {
  await using node = await openDhtNode({ mode: "server" });
  expect(node.dht.mode()).toBe("server");
  expect(node.libp2p.getProtocols()).toContain("/ipfs/kad/1.0.0");
});

function withoutId(node: DhtNode): string {
  return (node.addresses[0] ?? "").replace(/\/p2p\/.*$/, "");
}

function streamsOf({ libp2p }: DhtNode): number {
  const streams = libp2p.getConnections().flatMap((connection) => connection.streams);
  return streams.filter(
    ({ protocol, direction }) => protocol === lanProtocol && direction === "outbound",
  ).length;
}

/** One message on a stream of its own, and what came of it. */
async function send(
  from: DhtNode,
  to: DhtNode,
  message: Uint8Array,
): Promise<"answered" | "closed" | "reset"> {
  const opened = await from.libp2p.dialProtocol(to.libp2p.peerId, lanProtocol);
  const stream = new HostStream(opened, { peer: to.id, isLimited: false, clock: systemClock });
  try {
    await stream.sendMessage([message]);
    await stream.closeWrite();
    const answers = await Array.fromAsync(stream.messages({ bytesMax: 100_000 }));
    await stream.close();
    return answers.length > 0 ? "answered" : "closed";
  } catch {
    return "reset";
  }
}
