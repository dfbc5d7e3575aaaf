import type { Connection, PeerId, PeerInfo, Stream } from "@libp2p/interface";
import type { KadDHTComponents } from "@libp2p/kad-dht";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { MemoryDatastore } from "datastore-core";

import { LruMap } from "#lib";

import type { AddressBook } from "./address-book.ts";
import { isLocal, isRelayed, type Scope } from "./scope.ts";

/** libp2p's parts that a DHT is made of. */
export type HostComponents = Omit<KadDHTComponents, "ping" | "datastore">;

export interface KadSurroundings {
  readonly components: HostComponents;
  readonly scope: Scope;
  readonly book: AddressBook;
  /** Answers inbound streams in the library's stead. */
  readonly onStream: (stream: Stream, connection: Connection) => Promise<void>;
  readonly now: () => number;
}

/** A contact of a full bucket is not dialled again to see whether it lives for so long, and so many a minute at most. */
const pingedAgainMs = 600_000;
const pingsPerMinute = 6;

/**
 * libp2p's parts as the library shall see them: it dials only addresses of the scope, answers by our handler, keeps
 * records nowhere, asks for no connection to be kept alive, and does not dial each peer that it hears of.
 */
export function kadComponents(around: KadSurroundings): KadDHTComponents {
  const { components } = around;
  return {
    // One by one: libp2p's object of components answers for names that it was given, and throws for others.
    peerId: components.peerId,
    privateKey: components.privateKey,
    addressManager: components.addressManager,
    events: components.events,
    logger: components.logger,
    datastore: new MemoryDatastore(), // stays empty: what would be written there is not asked of it
    registrar: override(components.registrar, {
      handle: (protocol, _handler, options) =>
        components.registrar.handle(protocol, around.onStream, options),
    }),
    connectionManager: dialOfScope(around),
    peerStore: override(components.peerStore, {
      merge: (peer, data, options) =>
        components.peerStore.merge(peer, withoutKeepAlive(data), options),
    }),
    ping: carefulPing(around),
  };
}

/** A connected peer that may be in the table, with an address; any other without, which makes the library pass it over. */
export function admit({ components, scope }: KadSurroundings, peer: PeerInfo): PeerInfo {
  const connections = components.connectionManager.getConnections(peer.id);
  const proof = connections[0]?.remoteAddr;
  if (proof === undefined) return { ...peer, multiaddrs: [] };
  const isMine =
    scope.name === "lan"
      ? connections.some(({ remoteAddr }) => isLocal(remoteAddr))
      : scope.filter(peer.multiaddrs).some((address) => !isRelayed(address));
  return { ...peer, multiaddrs: isMine ? [proof] : [] };
}

function dialOfScope(around: KadSurroundings): KadDHTComponents["connectionManager"] {
  const { scope, book } = around;
  const base = around.components.connectionManager;
  return override(base, {
    async openStream(target, protocols, options) {
      const peer = toPeerId(target);
      if (
        peer === undefined ||
        base.getConnections(peer).some(({ limits }) => limits === undefined)
      ) {
        return await base.openStream(target, protocols, options);
      }
      const addresses = await book.find(peer);
      if (addresses.length === 0) throw new Error(`no ${scope.name} address of the peer is known`);
      const targets = addresses.map((address) => addressed(address, peer));
      return await base.openStream(targets, protocols, options);
    },
    async isDialable(addresses, options) {
      const mine = scope.filter(Array.isArray(addresses) ? addresses : [addresses]);
      return mine.length > 0 && (await base.isDialable(mine, options));
    },
  });
}

function addressed(address: Multiaddr, peer: PeerId): Multiaddr {
  return multiaddr(`${address.toString()}/p2p/${peer.toString()}`);
}

/** New contacts are taken when they are connected; old ones are asked, but not often. */
function carefulPing({ components, now, scope }: KadSurroundings): KadDHTComponents["ping"] {
  const seen = new LruMap<string, number>(4096);
  let minute = 0;
  let pings = 0;
  return {
    async ping(target, options) {
      const peer = toPeerId(target);
      if (peer === undefined) throw new Error("only a peer can be pinged");
      const name = peer.toString();
      if (components.connectionManager.getConnections(peer).length > 0) {
        seen.set(name, now());
        return 0;
      }
      const seenAt = seen.get(name);
      if (seenAt === undefined) throw new Error("a stranger that is not connected");
      const thisMinute = Math.floor(now() / 60_000);
      if (thisMinute !== minute) [minute, pings] = [thisMinute, 0];
      pings += 1;
      if (now() - seenAt < pingedAgainMs || pings > pingsPerMinute) return 0;
      const stream = await components.connectionManager.openStream(peer, scope.protocol, options);
      stream.abort(new Error("it lives"));
      seen.set(name, now());
      return 0;
    },
  };
}

function withoutKeepAlive<T extends { readonly tags?: object }>(data: T): T {
  if (data.tags === undefined) return data;
  const tags = Object.entries(data.tags).filter(([name]) => !name.startsWith("keep-alive"));
  return { ...data, tags: Object.fromEntries(tags) };
}

function toPeerId(target: unknown): PeerId | undefined {
  return isPeerId(target) ? target : undefined;
}

function isPeerId(target: unknown): target is PeerId {
  return typeof target === "object" && target !== null && "toMultihash" in target;
}

/** The object with some methods of its own; the rest are the base's. */
function override<T extends object>(base: T, methods: Partial<T>): T {
  return new Proxy(base, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
