import {
  type PeerId,
  type PeerInfo,
  type PeerRouting,
  peerRoutingSymbol,
  type RoutingOptions,
  serviceCapabilities,
  serviceDependencies,
} from "@libp2p/interface";
import { kadDHT } from "@libp2p/kad-dht";

import type { Gate } from "#lib";

import type { DhtOptions } from "../types.ts";
import { AddressBook } from "./address-book.ts";
import { Answers } from "./answers.ts";
import type { DhtBounds } from "./bounds.ts";
import type { DhtSeams } from "./contract.ts";
import {
  admit,
  type HostComponents,
  kadComponents,
  type KadSurroundings,
} from "./kad-components.ts";
import { kadParts } from "./kad-internals.ts";
import { KadSide } from "./kad-side.ts";
import { ProviderStore } from "./provider-store.ts";
import { RecordStore, Validators } from "./record-store.ts";
import type { Scope } from "./scope.ts";
import { serveStream } from "./serve.ts";

export interface KadServiceDeps {
  readonly scope: Scope;
  readonly options: DhtOptions;
  readonly bounds: DhtBounds;
  readonly gate: Gate;
  readonly seams: DhtSeams;
}

/** One DHT as a service of libp2p: started and stopped with it, and libp2p's way to find a peer's addresses. */
export class KadService {
  readonly [serviceCapabilities] = ["@libp2p/peer-routing"];
  readonly [serviceDependencies] = ["@libp2p/identify"];
  readonly [peerRoutingSymbol]: PeerRouting;
  readonly side: KadSide;
  readonly providers: ProviderStore;
  readonly records: RecordStore;
  readonly book: AddressBook;
  readonly components: KadSurroundings["components"];
  /** As the library sees it: dials addresses of the scope alone. */
  readonly connections: KadSurroundings["components"]["connectionManager"];

  constructor(components: HostComponents, deps: KadServiceDeps) {
    const { scope, options, bounds, seams } = deps;
    const now = (): number => seams.clock.now();
    this.components = components;
    this.providers = new ProviderStore(bounds, now);
    this.records = new RecordStore(bounds, new Validators(options.validators), now);
    this.book = new AddressBook({
      peersMax: bounds.addressBookMax,
      scope,
      peerStore: components.peerStore,
      now,
    });
    const answers = new Answers({
      self: components.peerId,
      scope,
      providers: this.providers,
      records: this.records,
      book: this.book,
      nearest: (target, count) => this.side.nearest(target, count),
      ownAddresses: () => components.addressManager.getAddresses(),
    });
    const around: KadSurroundings = {
      components,
      scope,
      book: this.book,
      now,
      onStream: (stream, connection) =>
        serveStream({ answers, bounds, clock: seams.clock, log: seams.log }, stream, connection),
    };
    const seen = kadComponents(around);
    this.connections = seen.connectionManager;
    this.side = this.#side(deps, openLibrary(seen, around, deps));
    this[peerRoutingSymbol] = this.#peerRouting();
  }

  start(): Promise<void> {
    return this.side.kad.start();
  }

  stop(): Promise<void> {
    return this.side.kad.stop();
  }

  #side(deps: KadServiceDeps, kad: KadSide["kad"]): KadSide {
    return new KadSide({
      kad,
      scope: deps.scope,
      bounds: deps.bounds,
      gate: deps.gate,
      clock: deps.seams.clock,
      log: deps.seams.log,
      book: this.book,
      self: this.components.peerId,
      isConnected: (peer) => this.components.connectionManager.getConnections(peer).length > 0,
    });
  }

  /** For libp2p itself, when it shall dial a peer whose addresses it does not know, or looks for relays. */
  #peerRouting(): PeerRouting {
    const { side } = this;
    return {
      async findPeer(id: PeerId, options: RoutingOptions = {}): Promise<PeerInfo> {
        for await (const peer of side.findPeer(id, options)) return peer;
        throw new Error("the peer was not found in the DHT");
      },
      async *getClosestPeers(key: Uint8Array, options: RoutingOptions = {}) {
        yield* await side.closestPeers(key, options);
      },
    };
  }
}

function openLibrary(
  components: ReturnType<typeof kadComponents>,
  around: KadSurroundings,
  { scope, options, bounds }: KadServiceDeps,
): KadSide["kad"] {
  const isServer = options.mode === "server" || (options.mode === "auto" && scope.name === "lan");
  // Without a mode the library follows our public addresses, as libp2p has confirmed them.
  const isFollowing = options.mode === "auto" && scope.name === "wan";
  const dht = kadDHT({
    ...(isFollowing ? {} : { clientMode: !isServer }),
    protocol: scope.protocol,
    logPrefix: `libp2p:dht-${scope.name}`,
    metricsPrefix: `libp2p_dht_${scope.name}`,
    alpha: bounds.concurrency,
    disjointPaths: 1, // each path has `alpha` requests on their way
    prefixLength: bounds.tableDepth,
    allowQueryWithZeroPeers: true,
    peerInfoMapper: (peer) => admit(around, peer),
    maxInboundStreams: bounds.inboundStreamsMax,
    routingTableUpdateMaxQueueSize: 1024,
    initialQuerySelfInterval: never, // our refreshes look for ourselves too
    querySelfInterval: never,
    reprovide: { interval: never },
  })(components);
  const kad = kadParts(dht);
  // The library's refreshes begin before there are peers, and go on after it has stopped.
  kad.routingTableRefresh.refreshTable = () => undefined;
  // Only who is connected is taken, and of those it is told otherwise; the many that answers name cost much for nothing.
  kad.network.safeDispatchEvent = () => true;
  return kad;
}

/** The longest that a timer takes. */
const never = 2 ** 31 - 1;
