import { randomBytes } from "node:crypto";

import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { Connection, Libp2p, PrivateKey } from "@libp2p/interface";

import { abortReason, type Clock, messageOf } from "#lib";
import type { SignalOptions } from "#model";

import { DialError, ProtocolError } from "./errors.ts";
import {
  addressText,
  fullAddressText,
  parseAddress,
  parsePeer,
  parseTarget,
} from "./host-addresses.ts";
import {
  askIdentity,
  connectionInfo,
  knownPeers,
  rememberedIdentity,
  watchPeers,
} from "./host-peers.ts";
import { handleProtocols, openStream, resetUnfinished, withDeadline } from "./host-streams.ts";
import type { HostParts } from "./services/index.ts";
import type { Libp2pParts } from "./services/libp2p-parts.ts";
import type {
  AddressFilters,
  Bandwidth,
  ConnectionInfo,
  Dht,
  HandlerLimits,
  Host,
  KnownPeer,
  PeerIdentity,
  Peering,
  PeerWatcher,
  PubSub,
  Reachability,
  Stream,
  StreamOptions,
} from "./types.ts";

/** A dial without a signal ends by itself. */
const dialMs = 60_000;
const pingMs = 10_000;
const pingBytes = 32;

export interface HostSeams {
  readonly libp2p: Libp2p;
  readonly clock: Clock;
  readonly privateKey: PrivateKey;
  readonly components: {
    readonly transportManager: Pick<Libp2pParts["transportManager"], "getAddrs">;
  };
  readonly dht: Dht | undefined;
}

/** A `Host` over libp2p. */
export class LibHost implements Host {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly #libp2p: Libp2p;
  readonly #clock: Clock;
  readonly #transports: Pick<Libp2pParts["transportManager"], "getAddrs">;
  readonly dht: Dht | undefined;
  #services: HostParts | undefined;
  #owned: AsyncDisposableStack | undefined;

  constructor({ libp2p, clock, privateKey, components, dht }: HostSeams) {
    this.id = libp2p.peerId.toString();
    this.publicKey = publicKeyToProtobuf(privateKey.publicKey);
    this.#libp2p = libp2p;
    this.#clock = clock;
    this.dht = dht;
    this.#transports = components.transportManager;
  }

  /** The services work on a host, and the host answers by them. `owned` is disposed with it. */
  attach(services: HostParts, owned: AsyncDisposableStack): void {
    this.#services = services;
    this.#owned = owned;
  }

  addresses(): readonly string[] {
    return this.#libp2p
      .getMultiaddrs()
      .map((address) => fullAddressText(address, this.#libp2p.peerId));
  }

  listenAddresses(): readonly string[] {
    return this.#transports
      .getAddrs()
      .map((address) => fullAddressText(address, this.#libp2p.peerId));
  }

  protocols(): readonly string[] {
    return this.#libp2p.getProtocols().toSorted();
  }

  connections(): readonly ConnectionInfo[] {
    return this.#libp2p.getConnections().map(connectionInfo);
  }

  isConnected(peer: string): boolean {
    return this.#libp2p.getConnections(parsePeer(peer)).some(({ status }) => status === "open");
  }

  async connect(target: string, options: SignalOptions = {}): Promise<ConnectionInfo> {
    return connectionInfo(await this.#dial(target, options));
  }

  async #dial(target: string, options: SignalOptions): Promise<Connection> {
    const { peer, address } = parseTarget(target);
    const open = this.#libp2p.getConnections(peer).filter(({ status }) => status === "open");
    const whole = open.find(({ limits }) => limits === undefined);
    // who names a direct address wants more than a limited relay gives
    const isRelayEnough = address === undefined || address.toString().includes("/p2p-circuit");
    const enough = whole ?? (isRelayEnough ? open[0] : undefined);
    if (enough !== undefined) return enough;
    using deadline = withDeadline(this.#clock, dialMs, options.signal);
    try {
      return await this.#libp2p.dial(address ?? peer, { signal: deadline.signal });
    } catch (thrown) {
      if (options.signal?.aborted === true) throw abortReason(options.signal);
      throw new DialError(target, messageOf(thrown), thrown);
    }
  }

  async disconnect(target: string, options: SignalOptions = {}): Promise<boolean> {
    const { peer, address } = parseTarget(target);
    const at = address && addressText(address, peer);
    const connections = this.#libp2p
      .getConnections(peer)
      .filter(({ remoteAddr }) => at === undefined || addressText(remoteAddr, peer) === at);
    connections.forEach(resetUnfinished);
    await Promise.all(connections.map((connection) => connection.close(abortOptions(options))));
    return connections.length > 0;
  }

  async ping(peer: string, options: SignalOptions = {}): Promise<number> {
    using deadline = withDeadline(this.#clock, pingMs, options.signal);
    const { signal } = deadline;
    const stream = await this.openStream(peer, ["/ipfs/ping/1.0.0"], {
      signal,
      isLimitedAllowed: true,
    });
    try {
      const sent = randomBytes(pingBytes);
      const began = performance.now();
      await stream.send(sent, { signal });
      const received: Uint8Array[] = [];
      for await (const chunk of stream.chunks({ signal })) {
        received.push(chunk);
        if (Buffer.concat(received).length >= pingBytes) break;
      }
      const tookMs = performance.now() - began;
      if (!sent.equals(Buffer.concat(received))) {
        throw new ProtocolError(peer, [stream.protocol], "the answer to a ping was another one");
      }
      await stream.close({ signal });
      return tookMs;
    } catch (thrown) {
      stream.abort(abortReason(signal));
      throw thrown;
    }
  }

  async identify(peer: string, options: SignalOptions = {}): Promise<PeerIdentity> {
    const id = parsePeer(peer);
    const connection = await this.#dial(peer, options);
    const known = await rememberedIdentity(this.#libp2p, id);
    if (known !== undefined) return known;
    try {
      await askIdentity(this.#libp2p, connection, abortOptions(options));
    } catch (thrown) {
      if (options.signal?.aborted === true) throw abortReason(options.signal);
      throw new DialError(peer, messageOf(thrown), thrown);
    }
    const told = await rememberedIdentity(this.#libp2p, id);
    if (told === undefined) throw new DialError(peer, "it did not say who it is");
    return told;
  }

  knownPeers(): Promise<readonly KnownPeer[]> {
    return knownPeers(this.#libp2p);
  }

  async addAddresses(peer: string, addresses: readonly string[]): Promise<void> {
    const multiaddrs = addresses.flatMap((text) => {
      try {
        return [parseAddress(text)];
      } catch {
        return [];
      }
    });
    await this.#libp2p.peerStore.merge(parsePeer(peer), { multiaddrs });
  }

  handle(
    protocols: readonly string[],
    handler: (stream: Stream) => void | Promise<void>,
    limits?: HandlerLimits,
  ): Promise<AsyncDisposable> {
    return handleProtocols(this.#tools, protocols, { run: handler, limits });
  }

  openStream(
    peer: string,
    protocols: readonly string[],
    options: StreamOptions = {},
  ): Promise<Stream> {
    return openStream(
      this.#tools,
      { peer: parsePeer(peer), protocols },
      { ...options, dial: (signal) => this.#dial(peer, signal) },
    );
  }

  watchPeers(protocols: readonly string[], watcher: PeerWatcher): Promise<AsyncDisposable> {
    return watchPeers(this.#libp2p, protocols, watcher);
  }

  protect(peer: string, tag: string): void {
    this.#parts.protect(peer, tag);
  }

  unprotect(peer: string, tag: string): void {
    this.#parts.unprotect(peer, tag);
  }

  get peering(): Peering {
    return this.#parts.peering;
  }

  get pubsub(): PubSub | undefined {
    return this.#parts.pubsub;
  }

  get filters(): AddressFilters {
    return this.#parts.filters;
  }

  reachability(): Reachability {
    return this.#parts.reachability();
  }

  bandwidth(of?: { readonly peer?: string; readonly protocol?: string }): Bandwidth {
    return this.#parts.bandwidth(of);
  }

  resources(): Readonly<Record<string, { readonly used: number; readonly max: number }>> {
    return this.#parts.resources();
  }

  get #tools(): { readonly libp2p: Libp2p; readonly clock: Clock } {
    return { libp2p: this.#libp2p, clock: this.#clock };
  }

  get #parts(): HostParts {
    if (this.#services === undefined) throw new Error("the host has not started");
    return this.#services;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned?.disposeAsync();
  }
}

/** libp2p tells a missing signal from an undefined one. */
function abortOptions({ signal }: SignalOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
