// A network without a socket. What it does is told at `openFakeNetwork`; what was done to it can be read from it.

import type { Network } from "#ipfs";
import type { CID } from "#model";
import type { ConnectionInfo, Host, KnownPeer, PeerIdentity, PubSub, PubSubMessage } from "#net";
import { testIdentity } from "#test/node-stack";

import type { Exchange } from "../../src/ipfs/exchange/types.ts";
import type { Routing } from "../../src/ipfs/routing/types.ts";

/** Peers with ids that are valid; `near` is connected, `far` can be found and dialled, `lost` cannot. */
export const fakePeers = {
  self: testIdentity.id,
  near: "12D3KooWFcZt3YNbtB9aBPkhCdtrNYfo2mdSrtFFi2h1AwMdRaNj",
  far: "12D3KooWHACJMSx9kS1hHhzDjUWrJoLGwBmFqNfBbGQduYJsVgj6",
  lost: "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M",
} as const;

const { self, near, far } = fakePeers;

export interface FakeNetwork extends Network {
  /** What the announcer was told, as text. */
  readonly enqueued: readonly string[];
  readonly provided: readonly string[];
  /** Subscriptions that are open. */
  readonly subscriptions: number;
  /** As if another peer had sent it. */
  deliver(message: PubSubMessage): void;
  /** Providers by CID; `far` has everything that is in it. */
  readonly content: Set<string>;
  /** Best records by key in hex. */
  readonly records: Map<string, Uint8Array>;
}

class FakeError extends Error {
  readonly code: string;
  readonly kind = "environment";

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FakeNetworkOptions {
  /** No connections and nobody in the tables, as just after a start. */
  readonly isAlone?: boolean;
  readonly hasPubSub?: boolean;
  readonly hasDht?: boolean;
}

/**
 * The host listens at 127.0.0.1:4001. `near` came in on its own, `far` answers at 10.0.0.2:4001, whatever else is dialled
 * refuses. A ping takes 1.5 ms. Each provide is believed at once.
 */
export function openFakeNetwork(options: FakeNetworkOptions = {}): FakeNetwork {
  const state = new State(options);
  return {
    host: fakeHost(state, options),
    routing: fakeRouting(state),
    exchange: fakeExchange(options.isAlone === true),
    enqueued: state.enqueued,
    provided: state.provided,
    content: state.content,
    records: state.records,
    get subscriptions() {
      return state.subscribers.size;
    },
    deliver: (message) => state.deliver(message),
  };
}

class State {
  readonly enqueued: string[] = [];
  readonly provided: string[] = [];
  readonly content = new Set<string>();
  readonly records = new Map<string, Uint8Array>();
  readonly connected = new Map<string, ConnectionInfo>();
  readonly known = new Map<string, readonly string[]>();
  readonly subscribers = new Set<{ readonly topic: string; take(message: PubSubMessage): void }>();
  deliver(message: PubSubMessage): void {
    for (const subscriber of this.subscribers) {
      if (subscriber.topic === message.topic) subscriber.take(message);
    }
  }

  constructor({ isAlone = false }: FakeNetworkOptions) {
    if (isAlone) return;
    this.known.set(near, ["/ip4/10.0.0.1/tcp/4001"]);
    this.connect(near, "/ip4/10.0.0.1/tcp/34567", "inbound");
  }

  connect(peer: string, address: string, direction: ConnectionInfo["direction"]): ConnectionInfo {
    const connection: ConnectionInfo = {
      peer,
      address,
      direction,
      openedAt: 0,
      latencyMs: direction === "inbound" ? 0.347854 : undefined,
      muxer: "/yamux/1.0.0",
      security: "/tls/1.0.0",
      isLimited: false,
      streams: [
        { protocol: "/meshsub/1.1.0", direction: "outbound" },
        { protocol: "/ipfs/bitswap/1.2.0", direction: "inbound" },
      ],
    };
    this.connected.set(peer, connection);
    return connection;
  }
}

/** Where `far` listens. */
const farAddress = "/ip4/10.0.0.2/tcp/4001";

function split(target: string): { readonly peer: string; readonly address: string | undefined } {
  const at = target.lastIndexOf("/p2p/");
  if (at < 0) return { peer: target, address: undefined };
  return { peer: target.slice(at + 5), address: target.slice(0, at) };
}

function fakeHost(state: State, options: FakeNetworkOptions): Host {
  const dial = (target: string): ConnectionInfo => {
    const { peer, address } = split(target);
    const open = state.connected.get(peer);
    if (open !== undefined) return open;
    const dialled = address ?? state.known.get(peer)?.[0];
    if (peer === far && dialled === farAddress) {
      state.known.set(far, [farAddress]);
      return state.connect(far, farAddress, "outbound");
    }
    throw new FakeError("DIAL_FAILED", `failed to dial: failed to dial ${peer}: all dials failed`);
  };
  const filters = new Set<string>();
  const peering = new Map<string, KnownPeer>();
  return {
    id: self,
    publicKey: testIdentity.publicKey,
    addresses: () => [`/ip4/192.0.2.7/tcp/4001/p2p/${self}`, `/ip4/127.0.0.1/tcp/4001/p2p/${self}`],
    listenAddresses: () => [`/ip4/127.0.0.1/tcp/4001/p2p/${self}`],
    protocols: () => ["/ipfs/bitswap/1.2.0", "/ipfs/id/1.0.0"],
    connections: () => [...state.connected.values()],
    isConnected: (peer) => state.connected.has(peer),
    connect: (target) => attempt(() => dial(target)),
    disconnect: (target) => Promise.resolve(state.connected.delete(split(target).peer)),
    ping: (peer) =>
      attempt(() => {
        dial(peer);
        return 1.5;
      }),
    identify: (peer) => attempt(() => identityOf(dial(peer).peer)),
    knownPeers: () =>
      Promise.resolve(Array.from(state.known, ([peer, addresses]) => ({ peer, addresses }))),
    addAddresses: (peer, addresses) => {
      state.known.set(peer, [...new Set([...(state.known.get(peer) ?? []), ...addresses])]);
      return Promise.resolve();
    },
    handle: () => unused("handle"),
    openStream: () => unused("openStream"),
    watchPeers: () => unused("watchPeers"),
    protect: () => undefined,
    unprotect: () => undefined,
    peering: {
      add: (peer, addresses) => void peering.set(peer, { peer, addresses }),
      remove: (peer) => peering.delete(peer),
      list: () => [...peering.values()],
    },
    pubsub: options.hasPubSub === false ? undefined : fakePubSub(state),
    dht: options.hasDht === false ? undefined : fakeDht(state),
    reachability: () => ({
      status: "public",
      reachable: ["/ip4/192.0.2.7/tcp/4001"],
      unreachable: [],
      unknown: ["/ip4/127.0.0.1/tcp/4001"],
    }),
    bandwidth: (of) =>
      of?.protocol === undefined && of?.peer === undefined
        ? { bytesIn: 1608, bytesOut: 12_345_678, rateIn: 94.5, rateOut: 0 }
        : { bytesIn: 1, bytesOut: 2, rateIn: 0, rateOut: 0 },
    filters: {
      add: (filter) => void filters.add(filter),
      remove: (filter) => filters.delete(filter),
      list: () => [...filters],
    },
    resources: () => ({
      connections: { used: state.connected.size, max: 200 },
      streams: { used: 0, max: Number.POSITIVE_INFINITY },
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function identityOf(peer: string): PeerIdentity {
  return {
    id: peer,
    publicKey: new Uint8Array([8, 1]),
    addresses: [peer === far ? farAddress : "/ip4/10.0.0.1/tcp/4001"],
    agentVersion: "other/1.0\u0007",
    protocolVersion: "ipfs/0.1.0",
    protocols: ["/ipfs/ping/1.0.0", "/ipfs/id/1.0.0"],
  };
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function unused(name: string): Promise<never> {
  return Promise.reject(new FakeError("UNUSED", `the fake network has no ${name}`));
}

function fakePubSub(state: State): PubSub {
  return {
    topics: () => [...new Set(Array.from(state.subscribers, ({ topic }) => topic))],
    peers: (topic) => (topic === "empty" || state.connected.size === 0 ? [] : [near]),
    publish: (topic, data) => {
      state.deliver({ topic, from: self, data, sequenceNumber: Uint8Array.of(0, 7) });
      return Promise.resolve();
    },
    subscribe: (topic, { signal } = {}) => {
      const waiting: PubSubMessage[] = [];
      let wake = Promise.withResolvers<void>();
      const take = (message: PubSubMessage): void => {
        waiting.push(message);
        wake.resolve();
      };
      const subscriber = { topic, take };
      state.subscribers.add(subscriber);
      const onAbort = (): void => wake.resolve();
      signal?.addEventListener("abort", onAbort, { once: true });
      async function* messages(): AsyncGenerator<PubSubMessage> {
        try {
          for (;;) {
            if (signal?.aborted === true) return;
            yield* waiting.splice(0);
            await wake.promise;
            wake = Promise.withResolvers();
          }
        } finally {
          state.subscribers.delete(subscriber);
          signal?.removeEventListener("abort", onAbort);
        }
      }
      return Promise.resolve(messages());
    },
  };
}

function fakeDht(state: State): NonNullable<Host["dht"]> {
  return {
    mode: () => "server",
    size: state.connected.size,
    findProviders: () => nothing(),
    provide: () => unused("provide"),
    provideTo: () => unused("provideTo"),
    findPeer: () => unused("findPeer"),
    async *closestPeers(_key, { onEvent } = {}) {
      if (state.connected.size === 0) throw noPeers();
      onEvent?.({ type: "sendingQuery", peer: near, extra: "", responses: [] });
      onEvent?.({ type: "peerResponse", peer: near, extra: "", responses: [] });
      yield* [{ peer: near, addresses: [] }];
    },
    values: () => nothing(),
    put: () => unused("put"),
    tables: () => [
      { name: "wan", mode: "server", buckets: [] },
      {
        name: "lan",
        mode: "server",
        buckets: state.connected.has(near)
          ? [{ peers: [] }, { peers: [{ peer: near, isConnected: true }] }]
          : [],
      },
    ],
  };
}

function noPeers(): FakeError {
  return new FakeError("NO_PEERS", "nobody to ask");
}

function fakeRouting(state: State): Routing {
  return {
    async *findProviders(cid, { onEvent } = {}) {
      if (state.connected.size === 0) throw noPeers();
      onEvent?.({ type: "sendingQuery", peer: near, extra: "", responses: [] });
      onEvent?.({ type: "peerResponse", peer: near, extra: "", responses: [] });
      if (!state.content.has(cid.toString())) return;
      yield* [{ peer: far, addresses: [farAddress], protocols: ["transport-bitswap"] }];
    },
    findPeer: (peer, { onEvent } = {}) =>
      attempt(() => {
        onEvent?.({ type: "sendingQuery", peer: near, extra: "", responses: [] });
        if (peer === far) return { peer, addresses: [farAddress], protocols: [] };
        throw new FakeError("PEER_NOT_FOUND", `nobody knows ${peer}`);
      }),
    provide: (cid) => {
      state.provided.push(cid.toString());
      return Promise.resolve();
    },
    getRecord: (key) =>
      attempt(() => {
        const record = state.records.get(Buffer.from(key).toString("hex"));
        if (record === undefined) throw new FakeError("RECORD_NOT_FOUND", "no record");
        return record;
      }),
    records: () => nothing(),
    putRecord: (key, record) => {
      state.records.set(Buffer.from(key).toString("hex"), record);
      return Promise.resolve();
    },
    announcer: {
      enqueue: (cid) => void state.enqueued.push(cid.toString()),
      stat: () => ({
        queued: state.enqueued.length,
        provided: 1234,
        failed: 1,
        lastSweepAt: Date.UTC(2026, 0, 1),
        lastSweepMs: 1500,
        nextSweepAt: Date.UTC(2026, 0, 1, 22),
        keysInLastSweep: 12,
      }),
      clear: () => state.enqueued.splice(0).length,
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function fakeExchange(isAlone: boolean): Exchange {
  const wantlist: readonly CID[] = [];
  const count = (busy: number): number => (isAlone ? 0 : busy);
  const stat = {
    wantlist,
    peers: isAlone ? [] : [near],
    blocksReceived: count(3),
    dataReceived: count(123_456),
    dupBlocksReceived: count(1),
    dupDataReceived: count(17),
    messagesReceived: count(2),
    blocksSent: count(4),
    dataSent: count(5),
  };
  return {
    fetch: () => unused("fetch"),
    openSession: () => {
      throw new FakeError("UNUSED", "the fake network has no sessions");
    },
    arrived: () => undefined,
    movedBytes: () => 0,
    wantlist: () => wantlist,
    stat: () => stat,
    ledger: (peer) => ({ peer, sent: 100, received: 49, exchanged: 6 }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* nothing(): AsyncGenerator<never> {
  // nobody has it
}
