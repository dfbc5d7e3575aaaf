import { peerIdBytes, peerIdText, type SignalOptions } from "#model";
import type {
  Bandwidth,
  ConnectionInfo,
  HandlerLimits,
  Host,
  KnownPeer,
  PeerIdentity,
  PeerWatcher,
  Stream,
  StreamOptions,
} from "#net";

import { MemoryStream, Pipe } from "./memory-stream.ts";

/**
 * Hosts in memory that keep the promises of `Host`: connections, handlers, watchers, streams with a window. Nothing takes
 * time but turns of the event loop, so what is seen is the program's own order. Dialling works by id, or by any multiaddr
 * that ends in /p2p/ID. No pubsub, no DHT.
 */
export class MemoryNetwork {
  readonly #hosts = new Map<string, MemoryHost>();
  #count = 0;
  /** Every message or chunk that was sent, for tests that look at the wire. */
  onSend: ((from: string, to: string, bytes: number) => void) | undefined;

  openHost(): MemoryHost {
    this.#count += 1;
    const host = new MemoryHost(this, this.#count);
    this.#hosts.set(host.id, host);
    return host;
  }

  /** Undefined when it was closed. */
  find(target: string): MemoryHost | undefined {
    return this.#hosts.get(idOf(target));
  }

  remove(host: MemoryHost): void {
    this.#hosts.delete(host.id);
  }
}

interface Handler {
  readonly handle: (stream: Stream) => void | Promise<void>;
  readonly inboundStreamsMax: number;
}

interface Watch {
  readonly protocols: readonly string[];
  readonly watcher: PeerWatcher;
  readonly told: Set<string>;
}

export class MemoryHost implements Host {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly peering: Host["peering"] = {
    add: () => undefined,
    remove: () => false,
    list: () => [],
  };
  readonly pubsub = undefined;
  readonly dht = undefined;
  readonly filters: Host["filters"] = { add: () => undefined, remove: () => false, list: () => [] };
  /** Streams that are open, of both directions. */
  readonly streams = new Set<MemoryStream>();
  /** Who was dialled, in order. */
  readonly dials: string[] = [];
  readonly #network: MemoryNetwork;
  readonly #handlers = new Map<string, Handler>();
  readonly #peers = new Map<string, "inbound" | "outbound">();
  readonly #watches = new Set<Watch>();
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #protected = new Set<string>();

  constructor(network: MemoryNetwork, number: number) {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, number);
    this.publicKey = Uint8Array.of(0x08, 0x01, 0x12, 0x20, ...key);
    this.id = peerIdText(Uint8Array.of(0x00, 0x24, ...this.publicKey));
    this.#network = network;
  }

  addresses(): readonly string[] {
    return [`/memory/${this.id}/p2p/${this.id}`];
  }

  listenAddresses(): readonly string[] {
    return this.addresses();
  }

  protocols(): readonly string[] {
    return [...this.#handlers.keys()].toSorted();
  }

  connections(): readonly ConnectionInfo[] {
    return [...this.#peers].map(([peer, direction]) => ({
      peer,
      address: `/memory/${peer}`,
      direction,
      openedAt: 0,
      latencyMs: undefined,
      muxer: "/yamux/1.0.0",
      security: "/plaintext",
      isLimited: false,
      streams: [...this.streams]
        .filter((stream) => stream.peer === peer)
        .map(({ protocol, direction: way }) => ({ protocol, direction: way })),
    }));
  }

  isConnected(peer: string): boolean {
    peerIdBytes(peer); // like a real one, it throws for what is no peer's id
    return this.#peers.has(peer);
  }

  async connect(target: string, options: SignalOptions = {}): Promise<ConnectionInfo> {
    options.signal?.throwIfAborted();
    this.dials.push(target);
    await Promise.resolve();
    const other = this.#network.find(target);
    if (other === undefined) throw new Error(`cannot dial ${target}`);
    if (!this.#peers.has(other.id)) {
      this.#peers.set(other.id, "outbound");
      other.#peers.set(this.id, "inbound");
      this.tellConnected(other.id);
      other.tellConnected(this.id);
    }
    const info = this.connections().find(({ peer }) => peer === other.id);
    if (info === undefined) throw new Error("the connection was lost");
    return info;
  }

  disconnect(target: string): Promise<boolean> {
    const id = idOf(target);
    if (!this.#peers.has(id)) return Promise.resolve(false);
    const other = this.#network.find(id);
    this.lose(id);
    other?.lose(this.id);
    return Promise.resolve(true);
  }

  ping(): Promise<number> {
    return Promise.resolve(0);
  }

  async identify(peer: string): Promise<PeerIdentity> {
    await this.connect(peer);
    const other = this.#network.find(peer);
    return {
      id: peer,
      publicKey: other?.publicKey,
      addresses: other?.addresses() ?? [],
      agentVersion: "memory",
      protocolVersion: "ipfs/0.1.0",
      protocols: other?.protocols() ?? [],
    };
  }

  knownPeers(): Promise<readonly KnownPeer[]> {
    const known = [...this.#addresses].map(([peer, addresses]) => ({ peer, addresses }));
    return Promise.resolve(known);
  }

  addAddresses(peer: string, addresses: readonly string[]): Promise<void> {
    this.#addresses.set(peer, [...(this.#addresses.get(peer) ?? []), ...addresses]);
    return Promise.resolve();
  }

  handle(
    protocols: readonly string[],
    handle: (stream: Stream) => void | Promise<void>,
    limits: HandlerLimits = {},
  ): Promise<AsyncDisposable> {
    const handler = { handle, inboundStreamsMax: limits.inboundStreamsMax ?? 32 };
    for (const protocol of protocols) this.#handlers.set(protocol, handler);
    for (const peer of this.#peers.keys()) this.#network.find(peer)?.tellConnected(this.id);
    return Promise.resolve({
      [Symbol.asyncDispose]: () => {
        for (const protocol of protocols) this.#handlers.delete(protocol);
        return Promise.resolve();
      },
    });
  }

  async openStream(
    peer: string,
    protocols: readonly string[],
    options: StreamOptions = {},
  ): Promise<Stream> {
    options.signal?.throwIfAborted();
    if (options.isConnectedOnly !== true) await this.connect(peer);
    await Promise.resolve();
    const other = this.#peers.has(peer) ? this.#network.find(peer) : undefined;
    if (other === undefined) throw new Error(`not connected to ${peer}`);
    const protocol = protocols.find((one) => other.#handlers.has(one));
    const handler = protocol === undefined ? undefined : other.#handlers.get(protocol);
    if (protocol === undefined || handler === undefined) {
      throw new Error(`${peer} speaks none of ${protocols.join(", ")}`);
    }
    const [ours, theirs] = this.#pair(other, protocol);
    const open = [...other.streams].filter(
      (stream) => stream.peer === this.id && stream.direction === "inbound",
    );
    if (open.length > handler.inboundStreamsMax) theirs.abort(new Error("too many streams"));
    else other.#answer(handler, theirs);
    return ours;
  }

  watchPeers(protocols: readonly string[], watcher: PeerWatcher): Promise<AsyncDisposable> {
    const watch: Watch = { protocols, watcher, told: new Set() };
    this.#watches.add(watch);
    for (const peer of this.#peers.keys()) this.tellConnected(peer);
    return Promise.resolve({
      [Symbol.asyncDispose]: () => {
        this.#watches.delete(watch);
        return Promise.resolve();
      },
    });
  }

  protect(peer: string): void {
    this.#protected.add(peer);
  }

  unprotect(peer: string): void {
    this.#protected.delete(peer);
  }

  reachability(): ReturnType<Host["reachability"]> {
    return { status: "unknown", reachable: [], unreachable: [], unknown: [] };
  }

  bandwidth(): Bandwidth {
    return { bytesIn: 0, bytesOut: 0, rateIn: 0, rateOut: 0 };
  }

  resources(): ReturnType<Host["resources"]> {
    return {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers.keys()) await this.disconnect(peer);
    this.#network.remove(this);
  }

  #pair(other: MemoryHost, protocol: string): readonly [MemoryStream, MemoryStream] {
    const there = new Pipe((bytes) => this.#network.onSend?.(this.id, other.id, bytes));
    const back = new Pipe((bytes) => this.#network.onSend?.(other.id, this.id, bytes));
    const ends = [
      new MemoryStream({ peer: other.id, protocol, direction: "outbound" }, there, back),
      new MemoryStream({ peer: this.id, protocol, direction: "inbound" }, back, there),
    ] as const;
    this.#keep(ends[0]);
    other.#keep(ends[1]);
    return ends;
  }

  #keep(stream: MemoryStream): void {
    this.streams.add(stream);
    stream.closed.addEventListener("abort", () => this.streams.delete(stream), { once: true });
  }

  #answer(handler: Handler, stream: MemoryStream): void {
    const fail = (): void => stream.abort(new Error("the handler failed"));
    setImmediate(() => {
      Promise.resolve()
        .then(() => handler.handle(stream))
        .catch(fail);
    });
  }

  speaks(protocol: string): boolean {
    return this.#handlers.has(protocol);
  }

  /** For the network: a peer is here, or speaks something that it did not before. */
  tellConnected(peer: string): void {
    const other = this.#network.find(peer);
    for (const { protocols, watcher, told } of this.#watches) {
      if (told.has(peer) || !protocols.some((one) => other?.speaks(one) === true)) continue;
      told.add(peer);
      watcher.onConnect(peer);
    }
  }

  /** For the network: the connection is gone. */
  lose(peer: string): void {
    if (!this.#peers.delete(peer)) return;
    for (const stream of this.streams) {
      if (stream.peer === peer) stream.abort(new Error("the connection was lost"));
    }
    for (const { watcher, told } of this.#watches) {
      if (told.delete(peer)) watcher.onDisconnect(peer);
    }
  }
}

function idOf(target: string): string {
  return target.slice(target.lastIndexOf("/") + 1);
}
