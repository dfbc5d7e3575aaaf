import {
  type ConsumePeerRecordOptions,
  type Libp2pEvents,
  NotFoundError,
  type Peer,
  type PeerData,
  type PeerId,
  type PeerInfo,
  type PeerQuery,
  type PeerStore,
  type TypedEventTarget,
} from "@libp2p/interface";
import { peerIdFromCID } from "@libp2p/peer-id";
import { PeerRecord as SignedRecord, RecordEnvelope } from "@libp2p/peer-record";
import type { Multiaddr } from "@multiformats/multiaddr";

import type { Clock } from "#lib";

import { dialledKey, PeerRecord, type Strategy } from "./host-peer-record.ts";
import type { ResourceProfile } from "./types.ts";

/** Peers remembered at once; connected ones count, but are never forgotten. */
export const peersMaxOf: Readonly<Record<ResourceProfile, number>> = {
  pi: 1024,
  default: 2048,
  server: 16_384,
};

/** A peer that we have talked with, and where. */
export interface SeenPeer {
  readonly peer: PeerId;
  readonly addresses: readonly Multiaddr[];
  readonly seenAt: number;
}

export interface PeerStoreDeps {
  readonly self: PeerId;
  readonly clock: Clock;
  readonly events: TypedEventTarget<Libp2pEvents>;
  /** Whether an address may be remembered. */
  readonly mayKeep: (peer: PeerId, address: Multiaddr) => Promise<boolean>;
  /** Told of proven peers whose addresses may have changed, and of those that are forgotten. */
  readonly onChange: (peer: PeerId) => void;
}

/**
 * libp2p's peer store in memory. libp2p merges the protocol of every new stream into it: what is known already costs a
 * look-up. Strangers that others named are forgotten before peers that we have talked with.
 */
export class MemoryPeerStore implements PeerStore {
  readonly #deps: PeerStoreDeps;
  readonly #peersMax: number;
  readonly #self: PeerRecord;
  /** By id, the least recently changed first. */
  readonly #strangers = new Map<string, PeerRecord>();
  readonly #proven = new Map<string, PeerRecord>();
  readonly #connected = new Set<string>();

  constructor(deps: PeerStoreDeps, peersMax: number) {
    this.#deps = deps;
    this.#peersMax = peersMax;
    this.#self = new PeerRecord(deps.self, true);
    deps.events.addEventListener("peer:connect", ({ detail }) =>
      this.#connected.add(detail.toString()),
    );
    deps.events.addEventListener("peer:disconnect", ({ detail }) => {
      this.#connected.delete(detail.toString());
    });
  }

  get size(): number {
    return this.#strangers.size + this.#proven.size;
  }

  /** A peer that was proven before a restart. */
  restore({ peer, addresses, seenAt }: SeenPeer): void {
    const record = new PeerRecord(peer);
    const metadata = { [dialledKey]: new TextEncoder().encode(String(seenAt)) };
    record.update({ multiaddrs: [...addresses], metadata }, "merge", seenAt);
    this.#keep(record);
  }

  /** What is worth keeping of a peer over a restart. */
  seen(peer: PeerId): SeenPeer | undefined {
    const record = this.#proven.get(peer.toString());
    if (record === undefined) return undefined;
    const { addresses } = record.peer(this.#deps.clock.now());
    return {
      peer,
      addresses: addresses.map(({ multiaddr }) => multiaddr),
      seenAt: record.changedAt,
    };
  }

  async forEach(fn: (peer: Peer) => void, query?: PeerQuery): Promise<void> {
    for (const peer of await this.all(query)) fn(peer);
  }

  async all(query: PeerQuery = {}): Promise<Peer[]> {
    const now = this.#deps.clock.now();
    const peers = [...this.#proven.values(), ...this.#strangers.values()]
      .map((record) => record.peer(now))
      .filter((peer) => query.filters?.every((filter) => filter(peer)) ?? true);
    for (const order of query.orders ?? []) peers.sort(order);
    const start = query.offset ?? 0;
    return peers.slice(start, query.limit === undefined ? undefined : start + query.limit);
  }

  async delete(id: PeerId): Promise<void> {
    this.#forget(id.toString());
  }

  async has(id: PeerId): Promise<boolean> {
    return this.#find(id) !== undefined;
  }

  async get(id: PeerId): Promise<Peer> {
    const record = this.#find(id);
    if (record === undefined) throw new NotFoundError(`nothing is known of ${id.toString()}`);
    return record.peer(this.#deps.clock.now());
  }

  async getInfo(id: PeerId): Promise<PeerInfo> {
    const { addresses } = await this.get(id);
    return { id, multiaddrs: addresses.map(({ multiaddr }) => multiaddr) };
  }

  save(id: PeerId, data: PeerData): Promise<Peer> {
    return this.#update(id, data, "save");
  }

  patch(id: PeerId, data: PeerData): Promise<Peer> {
    return this.#update(id, data, "patch");
  }

  merge(id: PeerId, data: PeerData): Promise<Peer> {
    return this.#update(id, data, "merge");
  }

  async consumePeerRecord(
    bytes: Uint8Array,
    options: ConsumePeerRecordOptions = {},
  ): Promise<boolean> {
    const envelope = await RecordEnvelope.openAndCertify(bytes, SignedRecord.DOMAIN, options);
    const id = peerIdFromCID(envelope.publicKey.toCID());
    if (options.expectedPeer !== undefined && !options.expectedPeer.equals(id)) return false;
    const record = SignedRecord.createFromProtobuf(envelope.payload);
    if (!record.peerId.equals(id)) return false;
    const known = this.#find(id)?.peer(this.#deps.clock.now()).peerRecordEnvelope;
    if (known !== undefined && sequenceOf(known) >= record.seqNumber) return false;
    await this.patch(id, {
      peerRecordEnvelope: bytes,
      addresses: record.multiaddrs.map((multiaddr) => ({ multiaddr, isCertified: true })),
    });
    return true;
  }

  async #update(id: PeerId, data: PeerData, strategy: Strategy): Promise<Peer> {
    const now = this.#deps.clock.now();
    const known = this.#find(id);
    if (strategy === "merge" && known !== undefined && isKnownProtocol(known, data)) {
      return known.peer(now);
    }
    const allowed = await this.#withoutBlocked(id, data);
    const record = this.#find(id) ?? new PeerRecord(id);
    const previous = record === known ? record.peer(now) : undefined;
    const isChanged = record.update(allowed, strategy, now);
    this.#keep(record);
    const peer = record.peer(now);
    if (isChanged || previous === undefined) this.#tell(record, peer, previous);
    return peer;
  }

  #tell(record: PeerRecord, peer: Peer, previous: Peer | undefined): void {
    const detail = previous === undefined ? { peer } : { peer, previous };
    const type = record === this.#self ? "self:peer:update" : "peer:update";
    this.#deps.events.safeDispatchEvent(type, { detail });
    if (record.isProven && record !== this.#self) this.#deps.onChange(record.id);
  }

  async #withoutBlocked(id: PeerId, data: PeerData): Promise<PeerData> {
    if (data.addresses === undefined && data.multiaddrs === undefined) return data;
    const given = [
      ...(data.addresses ?? []),
      ...(data.multiaddrs ?? []).map((multiaddr) => ({ multiaddr, isCertified: false })),
    ];
    const mayKeep = await Promise.all(
      given.map(({ multiaddr }) => this.#deps.mayKeep(id, multiaddr)),
    );
    const { multiaddrs: _, ...rest } = data;
    return { ...rest, addresses: given.filter((_address, index) => mayKeep[index] === true) };
  }

  #find(id: PeerId): PeerRecord | undefined {
    if (id.equals(this.#deps.self)) return this.#self;
    const text = id.toString();
    return this.#proven.get(text) ?? this.#strangers.get(text);
  }

  /** To the end of its list, and of the right one. */
  #keep(record: PeerRecord): void {
    if (record === this.#self) return;
    const text = record.id.toString();
    this.#strangers.delete(text);
    this.#proven.delete(text);
    (record.isProven ? this.#proven : this.#strangers).set(text, record);
    if (this.size > this.#peersMax) this.#forgetOne();
  }

  #forgetOne(): void {
    for (const list of [this.#strangers, this.#proven]) {
      for (const text of list.keys()) {
        if (this.#connected.has(text)) continue;
        return this.#forget(text);
      }
    }
  }

  #forget(text: string): void {
    const record = this.#proven.get(text) ?? this.#strangers.get(text);
    this.#proven.delete(text);
    this.#strangers.delete(text);
    if (record?.isProven === true) this.#deps.onChange(record.id);
  }
}

function isKnownProtocol(record: PeerRecord, data: PeerData): boolean {
  const { protocols } = data;
  return protocols !== undefined && Object.keys(data).length === 1 && record.speaksAll(protocols);
}

function sequenceOf(envelope: Uint8Array): bigint {
  return SignedRecord.createFromProtobuf(RecordEnvelope.createFromProtobuf(envelope).payload)
    .seqNumber;
}
