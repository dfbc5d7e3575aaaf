import type { PeerId } from "@libp2p/interface";
import { peerIdFromMultihash, peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { decode as decodeDigest } from "multiformats/hashes/digest";

import type { AddressBook } from "./address-book.ts";
import { DhtMessageError } from "./errors.ts";
import { kadId } from "./keys.ts";
import { type DhtMessage, messageType, type WirePeer } from "./message.ts";
import type { ProviderStore } from "./provider-store.ts";
import type { RecordStore } from "./record-store.ts";
import type { Scope } from "./scope.ts";

export interface AnswerDeps {
  readonly self: PeerId;
  readonly scope: Scope;
  readonly providers: ProviderStore;
  readonly records: RecordStore;
  readonly book: AddressBook;
  /** Peers of the table nearest to a place. */
  readonly nearest: (target: Uint8Array, count: number) => readonly PeerId[];
  /** What we tell others about ourselves. */
  readonly ownAddresses: () => readonly Multiaddr[];
}

/** Peers that an answer names, as everywhere in this DHT. */
const closerCount = 20;
/** A multihash that is longer is no key of content; as Kubo has it. */
const keyBytesMax = 80;

/**
 * Answers requests as the specification of libp2p's kad-dht says; own code, since the library's handlers take only
 * SHA-256 keys, reset the stream when a provider's addresses are forgotten, and let an old record replace a new one.
 */
export class Answers {
  readonly #deps: AnswerDeps;

  constructor(deps: AnswerDeps) {
    this.#deps = deps;
  }

  /** Undefined: nothing is answered. @throws {DhtMessageError} {RecordRefusedError} the stream is then reset */
  async to(from: PeerId, message: DhtMessage): Promise<Partial<DhtMessage> | undefined> {
    const { type, key } = message;
    if (type === messageType.ping) return { type };
    if (key.length === 0) throw new DhtMessageError("no key");
    switch (type) {
      case messageType.findNode:
        return { type, closer: await this.#findNode(from, key) };
      case messageType.getProviders:
        return {
          type,
          key,
          closer: await this.#closer(from, key),
          providers: await this.#providers(key),
        };
      case messageType.addProvider:
        this.#addProvider(from, message);
        return undefined;
      case messageType.getValue: {
        const record = this.#deps.records.get(key);
        return { type, key, record, closer: await this.#closer(from, key) };
      }
      default:
        return { type, key, record: await this.#put(message) };
    }
  }

  async #put({ key, record }: DhtMessage): Promise<DhtMessage["record"]> {
    if (record === undefined) throw new DhtMessageError("no record");
    if (Buffer.compare(key, record.key) !== 0) throw new DhtMessageError("record of another key");
    await this.#deps.records.put(key, record.value);
    return record;
  }

  #addProvider(from: PeerId, { key, providers }: DhtMessage): void {
    checkKey(key);
    const id = from.toMultihash().bytes;
    const own = providers.filter((peer) => Buffer.compare(peer.id, id) === 0);
    const told = own.flatMap(({ addresses }) => addresses);
    if (told.length === 0) throw new DhtMessageError("a provider without addresses");
    // Copies: what came in is part of a larger message.
    const addresses = this.#deps.scope
      .filter(parseAddresses(told))
      .map(({ bytes }) => bytes.slice());
    this.#deps.providers.add(key, { peer: from.toString(), addresses });
  }

  /** A provider's addresses may be forgotten, or were of no use to others; it may have told them elsewhere. */
  async #providers(key: Uint8Array): Promise<WirePeer[]> {
    checkKey(key);
    return await Promise.all(
      this.#deps.providers.get(key).map(async ({ peer, addresses }) => {
        const provider = peerIdFromString(peer);
        if (addresses.length > 0) return { id: provider.toMultihash().bytes, addresses };
        return wirePeer(provider, await this.#deps.book.find(provider));
      }),
    );
  }

  /** The target itself is named too, when something is known about it: that is how peers that are no servers are found. */
  async #findNode(from: PeerId, key: Uint8Array): Promise<WirePeer[]> {
    const closer = await this.#closer(from, key);
    const target = peerOf(key);
    const isNamed = closer.some(({ id }) => Buffer.compare(id, key) === 0);
    if (target === undefined || isNamed) return closer;
    const addresses = target.equals(this.#deps.self)
      ? this.#deps.scope.filter(this.#deps.ownAddresses())
      : await this.#deps.book.find(target);
    return addresses.length === 0 ? closer : [wirePeer(target, addresses), ...closer];
  }

  async #closer(from: PeerId, key: Uint8Array): Promise<WirePeer[]> {
    const peers = this.#deps
      .nearest(kadId(key), closerCount + 1)
      .filter((peer) => !peer.equals(from))
      .slice(0, closerCount);
    const known = await Promise.all(
      peers.map(async (peer) => wirePeer(peer, await this.#deps.book.find(peer))),
    );
    return known.filter(({ addresses }) => addresses.length > 0);
  }
}

export function wirePeer(peer: PeerId, addresses: readonly Multiaddr[]): WirePeer {
  return { id: peer.toMultihash().bytes, addresses: addresses.map(({ bytes }) => bytes) };
}

function checkKey(key: Uint8Array): void {
  if (key.length > keyBytesMax) throw new DhtMessageError(`a key of ${key.length} bytes`);
}

/** Those that parse: others may know transports that we do not. */
function parseAddresses(addresses: readonly Uint8Array[]): Multiaddr[] {
  return addresses.flatMap((bytes) => {
    try {
      return [multiaddr(bytes)];
    } catch {
      return []; // of no use to us
    }
  });
}

function peerOf(key: Uint8Array): PeerId | undefined {
  try {
    return peerIdFromMultihash(decodeDigest(key));
  } catch {
    return undefined; // a key of content
  }
}
