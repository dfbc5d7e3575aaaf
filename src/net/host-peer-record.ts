import type { Address, Peer, PeerData, PeerId, TagOptions } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import type { Multiaddr } from "@multiformats/multiaddr";

import { addressText } from "./host-addresses.ts";

/** What one peer may make us remember. */
const addressesMax = 32;
const protocolsMax = 128;
const metadataKeysMax = 16;
const metadataBytesMax = 1024;
const envelopeBytesMax = 8 * 1024;
const tagsMax = 32;

const hourMs = 3_600_000;
/** Peers that still have an address tell it again long before. */
const strangerAgeMs = hourMs;
/** Peers that we have talked with are worth a try after a restart. */
export const provenAgeMs = 7 * 24 * hourMs;
/** Marks that libp2p leaves when a peer has identified itself or was dialled. */
const agentKey = "AgentVersion";
export const dialledKey = "last-dial-success";

interface TimedAddress {
  readonly multiaddr: Multiaddr;
  readonly isCertified: boolean;
  readonly seenAt: number;
}

interface TimedTag {
  readonly value: number;
  readonly expiresAt: number;
}

/** Which fields of new data replace what is known; the others are joined with it. */
export type Strategy = "merge" | "patch" | "save";

/** What is known of one peer. */
export class PeerRecord {
  readonly #isSelf: boolean;
  #id: PeerId;
  #changedAt = 0;
  #addresses = new Map<string, TimedAddress>();
  #protocols: readonly string[] = [];
  #metadata = new Map<string, Uint8Array>();
  #tags = new Map<string, TimedTag>();
  #envelope: Uint8Array | undefined;
  #peer: Peer | undefined;
  #freshUntil = 0;

  constructor(id: PeerId, isSelf = false) {
    this.#id = id;
    this.#isSelf = isSelf;
  }

  get id(): PeerId {
    return this.#id;
  }

  get changedAt(): number {
    return this.#changedAt;
  }

  /** We have talked with it, others did not just name it. */
  get isProven(): boolean {
    return this.#metadata.has(agentKey) || this.#metadata.has(dialledKey);
  }

  get #addressAgeMs(): number {
    if (this.#isSelf) return Infinity;
    return this.isProven ? provenAgeMs : strangerAgeMs;
  }

  speaksAll(protocols: readonly string[]): boolean {
    return protocols.every((protocol) => this.#protocols.includes(protocol));
  }

  /** As libp2p's components see it. The answer is shared: it must not be changed. */
  peer(now: number): Peer {
    if (this.#peer !== undefined && now < this.#freshUntil) return this.#peer;
    this.#forgetOld(now);
    const ends = [
      ...[...this.#addresses.values()].map(({ seenAt }) => seenAt + this.#addressAgeMs),
      ...[...this.#tags.values()].map(({ expiresAt }) => expiresAt),
    ];
    this.#freshUntil = Math.min(...ends);
    this.#peer = {
      id: this.#id,
      addresses: [...this.#addresses.values()].map(toAddress),
      protocols: [...this.#protocols],
      metadata: new Map(this.#metadata),
      tags: new Map([...this.#tags].map(([name, { value }]) => [name, { value }])),
      ...(this.#envelope && { peerRecordEnvelope: this.#envelope }),
    };
    return this.#peer;
  }

  /** @returns whether anything but times has changed */
  update(data: PeerData, strategy: Strategy, now: number): boolean {
    this.#changedAt = now;
    const isChanged = [
      this.#updateKey(data),
      this.#updateAddresses(data, strategy, now),
      this.#updateProtocols(data, strategy),
      this.#updateMetadata(data, strategy),
      this.#updateTags(data, strategy, now),
      this.#updateEnvelope(data),
    ].includes(true);
    if (isChanged) this.#peer = undefined;
    return isChanged;
  }

  /** The id of an RSA key does not hold the key. */
  #updateKey({ publicKey }: PeerData): boolean {
    if (publicKey?.type !== "RSA" || this.#id.publicKey !== undefined) return false;
    const id = peerIdFromPublicKey(publicKey);
    if (!id.equals(this.#id)) return false;
    this.#id = id;
    return true;
  }

  #updateAddresses(data: PeerData, strategy: Strategy, now: number): boolean {
    const given: Address[] = [
      ...(data.addresses ?? []),
      ...(data.multiaddrs ?? []).map((multiaddr) => ({ multiaddr, isCertified: false })),
    ];
    const isGiven = data.addresses !== undefined || data.multiaddrs !== undefined;
    if (!isGiven && strategy !== "save") return false;
    const old = this.#addresses;
    const addresses = strategy === "merge" ? new Map(old) : new Map<string, TimedAddress>();
    for (const { multiaddr, isCertified } of given) {
      const text = addressText(multiaddr, this.id);
      const known = addresses.get(text);
      addresses.delete(text);
      addresses.set(text, {
        multiaddr: known?.multiaddr ?? old.get(text)?.multiaddr ?? bare(multiaddr, this.id),
        isCertified: isCertified || known?.isCertified === true,
        seenAt: now,
      });
    }
    this.#addresses = boundAddresses(addresses);
    this.#freshUntil = 0;
    return (
      old.size !== this.#addresses.size ||
      [...this.#addresses].some(
        ([text, { isCertified }]) => old.get(text)?.isCertified !== isCertified,
      )
    );
  }

  #updateProtocols({ protocols }: PeerData, strategy: Strategy): boolean {
    if (protocols === undefined && strategy !== "save") return false;
    if (strategy === "merge" && this.speaksAll(protocols ?? [])) return false;
    const old = this.#protocols;
    const all = new Set([...(strategy === "merge" ? old : []), ...(protocols ?? [])]);
    this.#protocols = [...all].slice(0, protocolsMax).toSorted();
    return old.join("\n") !== this.#protocols.join("\n");
  }

  #updateMetadata({ metadata }: PeerData, strategy: Strategy): boolean {
    if (metadata === undefined && strategy !== "save") return false;
    const old = this.#metadata;
    const all = new Map(strategy === "merge" ? old : []);
    for (const [key, value] of entriesOf(metadata)) {
      if (value === undefined) all.delete(key);
      else if (all.size < metadataKeysMax || all.has(key)) {
        all.set(key, value.subarray(0, metadataBytesMax));
      }
    }
    this.#metadata = all;
    return (
      old.size !== all.size ||
      [...all].some(([key, value]) => !Buffer.from(value).equals(old.get(key) ?? Buffer.alloc(0)))
    );
  }

  #updateTags({ tags }: PeerData, strategy: Strategy, now: number): boolean {
    if (tags === undefined && strategy !== "save") return false;
    const old = this.#tags;
    const all = new Map(strategy === "merge" ? old : []);
    for (const [name, tag] of entriesOf<TagOptions>(tags)) {
      if (tag === undefined) all.delete(name);
      else if (all.size < tagsMax || all.has(name)) {
        all.set(name, { value: tag.value ?? 0, expiresAt: now + (tag.ttl ?? Infinity) });
      }
    }
    this.#tags = all;
    this.#freshUntil = 0;
    return (
      old.size !== all.size || [...all].some(([name, { value }]) => old.get(name)?.value !== value)
    );
  }

  #updateEnvelope({ peerRecordEnvelope }: PeerData): boolean {
    if (peerRecordEnvelope === undefined || peerRecordEnvelope.length > envelopeBytesMax) {
      return false;
    }
    const isSame = Buffer.from(peerRecordEnvelope).equals(this.#envelope ?? Buffer.alloc(0));
    this.#envelope = peerRecordEnvelope;
    return !isSame;
  }

  #forgetOld(now: number): void {
    for (const [text, { seenAt }] of this.#addresses) {
      if (seenAt + this.#addressAgeMs <= now) this.#addresses.delete(text);
    }
    for (const [name, { expiresAt }] of this.#tags) if (expiresAt <= now) this.#tags.delete(name);
  }
}

/** Certified addresses first, then the newest. */
function boundAddresses(addresses: Map<string, TimedAddress>): Map<string, TimedAddress> {
  if (addresses.size <= addressesMax) return addresses;
  const newestFirst = [...addresses].toReversed();
  const kept = newestFirst
    .toSorted(([, a], [, b]) => Number(b.isCertified) - Number(a.isCertified))
    .slice(0, addressesMax);
  return new Map(kept.toReversed());
}

function bare(multiaddr: Multiaddr, peer: PeerId): Multiaddr {
  return multiaddr.toString().endsWith(`/p2p/${peer.toString()}`)
    ? multiaddr.decapsulate(`/p2p/${peer.toString()}`)
    : multiaddr;
}

function toAddress({ multiaddr, isCertified }: TimedAddress): Address {
  return { multiaddr, isCertified };
}

function entriesOf<T>(
  given: Map<string, T | undefined> | Record<string, T | undefined> | undefined,
): readonly (readonly [string, T | undefined])[] {
  return given instanceof Map ? [...given] : Object.entries(given ?? {});
}
