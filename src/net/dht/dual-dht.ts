import type { PeerId, PeerInfo } from "@libp2p/interface";
import { MessageType } from "@libp2p/kad-dht";
import { peerIdFromString } from "@libp2p/peer-id";

import { type Clock, type Logger, mergeSources, messageOf, startDeadline } from "#lib";
import type { SignalOptions } from "#model";

import type { DhtOptions, KnownPeer, QueryOptions, RoutingTable } from "../types.ts";
import type { DhtBounds } from "./bounds.ts";
import type { AttachedDht } from "./contract.ts";
import { NoAddressError, NoPeersError, PeerNotFoundError } from "./errors.ts";
import type { KadService } from "./kad-service.ts";
import { Publisher } from "./publisher.ts";
import { knownPeer, queryEvent } from "./query-events.ts";
import { Validators } from "./record-store.ts";
import { untilPeers } from "./refresh.ts";

export interface DualDhtDeps {
  readonly wan: KadService;
  readonly lan: KadService;
  readonly bounds: DhtBounds;
  readonly options: DhtOptions;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the upkeep. */
  readonly stop: AbortController;
  /** Settles when the upkeep has ended. */
  readonly upkeep: Promise<void>;
}

/** How long a search waits for a first peer, in the first seconds after the start. */
const firstPeerMs = 5_000;
const startMs = 30_000;

/** WAN and LAN as one: both are asked at the same time; for what is told in sweeps the WAN stands when it has peers. */
export class DualDht implements AttachedDht {
  readonly #deps: DualDhtDeps;
  readonly #sides: readonly [wan: KadService, lan: KadService];
  readonly #validators: Validators;
  readonly #publisher: Publisher;
  readonly #startedAt: number;

  constructor(deps: DualDhtDeps) {
    this.#deps = deps;
    this.#sides = [deps.wan, deps.lan];
    this.#validators = new Validators(deps.options.validators);
    this.#publisher = new Publisher(deps);
    this.#startedAt = deps.clock.now();
  }

  mode(): "client" | "server" {
    return this.#deps.wan.side.kad.getMode();
  }

  get size(): number {
    return this.#sides.reduce((sum, { side }) => sum + side.size, 0);
  }

  tables(): readonly RoutingTable[] {
    return this.#sides.map(({ side }) => side.table());
  }

  async *findProviders(
    multihash: Uint8Array,
    options: QueryOptions & { readonly max?: number } = {},
  ): AsyncGenerator<KnownPeer> {
    const max = options.max ?? Infinity;
    const seen = new Set<string>();
    if (max <= 0) return;
    for await (const found of this.#providers(multihash, options)) {
      if (seen.has(found.peer)) continue;
      seen.add(found.peer);
      yield found.addresses.length > 0 ? found : await this.#known(found.peer);
      if (seen.size >= max) return;
    }
  }

  async provide(multihash: Uint8Array, options: QueryOptions = {}): Promise<void> {
    await this.#untilPeers(options.signal);
    const sides = this.#sides.filter(({ side }) => side.size > 0);
    if (sides.length === 0) throw new NoPeersError("cannot provide");
    const able = sides.filter((service) => this.#publisher.ownAddresses(service).length > 0);
    const [first] = sides;
    if (able.length === 0) throw new NoAddressError(first?.side.scope.name ?? "wan");
    const counts = await Promise.all(
      able.map(async (service) => {
        const peers = await service.side.closestPeers(multihash, options);
        return await this.#publisher.tell(service, peers, { ...options, multihashes: [multihash] });
      }),
    );
    if (counts.every((count) => count === 0)) throw new NoPeersError("cannot provide");
  }

  async provideTo(
    peers: readonly string[],
    multihashes: readonly Uint8Array[],
    options: SignalOptions = {},
  ): Promise<number> {
    const service = this.#active();
    if (this.#publisher.ownAddresses(service).length === 0) {
      throw new NoAddressError(service.side.scope.name);
    }
    const targets = peers.map((peer) => ({ id: peerIdFromString(peer), multiaddrs: [] }));
    return await this.#publisher.tell(service, targets, { ...options, multihashes });
  }

  async findPeer(peer: string, options: QueryOptions = {}): Promise<KnownPeer> {
    const id = peerIdFromString(peer);
    const known = await this.#connected(id);
    if (known !== undefined) return known;
    await this.#untilPeers(options.signal);
    const makers = this.#sides.map(
      ({ side }) =>
        (signal: AbortSignal): AsyncGenerator<PeerInfo> =>
          side.findPeer(id, { ...options, signal }),
    );
    for await (const found of mergeSources(makers, this.#quietly(options.signal))) {
      return knownPeer(found);
    }
    throw new PeerNotFoundError(peer);
  }

  async *closestPeers(key: Uint8Array, options: QueryOptions = {}): AsyncGenerator<KnownPeer> {
    await this.#untilPeers(options.signal);
    const found = await this.#active().side.closestPeers(key, options);
    yield* found.map(knownPeer);
  }

  async *values(
    key: Uint8Array,
    options: QueryOptions = {},
  ): AsyncGenerator<{ readonly from: string; readonly value: Uint8Array }> {
    for (const { components, records } of this.#sides) {
      const record = records.get(key);
      if (record === undefined) continue;
      yield { from: components.peerId.toString(), value: record.value };
      break; // both were told the same
    }
    await this.#untilPeers(options.signal);
    for await (const { from, value } of this.#ask(MessageType.GET_VALUE, key, options)) {
      if (value === undefined) continue;
      if (await this.#isValid(key, value)) yield { from: from.toString(), value };
      else
        options.onEvent?.(queryEvent("queryError", from.toString(), { extra: "invalid record" }));
    }
  }

  async put(key: Uint8Array, value: Uint8Array, options: QueryOptions = {}): Promise<void> {
    await Promise.all(this.#sides.map(({ records }) => records.put(key, value)));
    await this.#untilPeers(options.signal);
    const counts = await Promise.all(
      this.#sides.map(async (service) => {
        const peers = await service.side.closestPeers(key, options);
        return await this.#publisher.put(service, peers, { ...options, key, value });
      }),
    );
    if (counts.every((count) => count === 0)) throw new NoPeersError("cannot put a value");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deps.stop.abort(new Error("the DHT stops"));
    await this.#deps.upkeep;
  }

  async *#providers(multihash: Uint8Array, options: QueryOptions): AsyncGenerator<KnownPeer> {
    for (const service of this.#sides) {
      for (const { peer } of service.providers.get(multihash)) {
        yield { peer, addresses: [] };
      }
    }
    await this.#untilPeers(options.signal);
    const answers = this.#ask(MessageType.GET_PROVIDERS, multihash, options);
    for await (const { providers } of answers) yield* providers.map(knownPeer);
  }

  #ask(
    type: MessageType,
    key: Uint8Array,
    options: QueryOptions,
  ): ReturnType<KadService["side"]["walk"]> {
    const makers = this.#sides.map(
      ({ side }) =>
        (signal: AbortSignal) =>
          side.walk(type, key, { ...options, signal }),
    );
    return mergeSources(makers, this.#quietly(options.signal));
  }

  #quietly(signal: AbortSignal | undefined): Parameters<typeof mergeSources>[1] {
    const onFailure = (thrown: unknown): void =>
      this.#deps.log.debug("a search in the DHT failed", { problem: messageOf(thrown) });
    return { signal, onFailure };
  }

  /** A provider whose record has no addresses any more; others may have told us. */
  async #known(peer: string): Promise<KnownPeer> {
    const id = peerIdFromString(peer);
    const found = await Promise.all(this.#sides.map(({ book }) => book.find(id)));
    return knownPeer({ id, multiaddrs: found.flat() });
  }

  #active(): KadService {
    return this.#deps.wan.side.size > 0 ? this.#deps.wan : this.#deps.lan;
  }

  async #isValid(key: Uint8Array, value: Uint8Array): Promise<boolean> {
    try {
      await this.#validators.validate(key, value);
      return true;
    } catch {
      return false; // somebody sent rubbish
    }
  }

  /** In the first moments of the host a search would else find nobody to ask. */
  async #untilPeers(signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#deps;
    if (this.size > 0 || clock.now() - this.#startedAt > startMs) return;
    const deadline = startDeadline(clock, firstPeerMs, signal);
    await Promise.race(this.#sides.map(({ side }) => untilPeers(side, deadline.signal))).catch(
      () => undefined, // still nobody: the search says so
    );
    deadline.stop();
    signal?.throwIfAborted();
  }

  /** A peer that is connected has told where it is. */
  async #connected(id: PeerId): Promise<KnownPeer | undefined> {
    const [{ components }] = this.#sides;
    const [connection] = components.connectionManager.getConnections(id);
    if (connection === undefined) return undefined;
    const { addresses } = await components.peerStore.get(id).catch(() => ({ addresses: [] }));
    const told = addresses.map(({ multiaddr }) => multiaddr);
    return knownPeer({ id, multiaddrs: told.length > 0 ? told : [connection.remoteAddr] });
  }
}
