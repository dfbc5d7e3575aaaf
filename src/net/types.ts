import type { SignalOptions } from "#model";

/**
 * A libp2p host: one key, its connections, and the streams on them. Peers are named by their id in base58
 * (`12D3Koo…`, `Qm…`), addresses are multiaddrs as text.
 */
export interface Host extends AsyncDisposable {
  readonly id: string;
  /** The public key as libp2p's protobuf. */
  readonly publicKey: Uint8Array;
  /** What others are told: with /p2p/ID. */
  addresses(): readonly string[];
  /** What is bound, as the system chose it: with /p2p/ID. */
  listenAddresses(): readonly string[];
  /** Protocols with a handler, sorted. */
  protocols(): readonly string[];
  connections(): readonly ConnectionInfo[];
  isConnected(peer: string): boolean;
  /**
   * Connects to a peer: a multiaddr that ends in /p2p/ID, or an id whose addresses are known or can be found. An open
   * connection is enough. @throws {DialError} {InvalidAddressError}
   */
  connect(target: string, options?: SignalOptions): Promise<ConnectionInfo>;
  /** Closes every connection to the peer, or the one at the address; false when there was none. */
  disconnect(target: string, options?: SignalOptions): Promise<boolean>;
  /** Round trip in milliseconds over a stream of its own. @throws {DialError} */
  ping(peer: string, options?: SignalOptions): Promise<number>;
  /** What identify told about a peer; connects when it must. @throws {DialError} */
  identify(peer: string, options?: SignalOptions): Promise<PeerIdentity>;
  /** Peers whose addresses are known. */
  knownPeers(): Promise<readonly KnownPeer[]>;
  /** Remembers addresses of a peer, for a while. Addresses that do not parse are left out. */
  addAddresses(peer: string, addresses: readonly string[]): Promise<void>;
  /** Answers a protocol. The stream is the handler's to close; a handler that throws resets it. */
  handle(
    protocols: readonly string[],
    handler: (stream: Stream) => void | Promise<void>,
    limits?: HandlerLimits,
  ): Promise<AsyncDisposable>;
  /** Opens a stream with the first protocol that the peer has too; connects when it must. @throws {DialError} {ProtocolError} */
  openStream(peer: string, protocols: readonly string[], options?: StreamOptions): Promise<Stream>;
  /** Tells who of those that speak one of the protocols comes and goes; those that are here are told at once. */
  watchPeers(protocols: readonly string[], watcher: PeerWatcher): Promise<AsyncDisposable>;
  /** Keeps a peer's connections from being trimmed, for the reason `tag`. */
  protect(peer: string, tag: string): void;
  unprotect(peer: string, tag: string): void;
  readonly peering: Peering;
  readonly pubsub: PubSub | undefined;
  readonly dht: Dht | undefined;
  reachability(): Reachability;
  /** Bytes over all connections since the start; of one protocol or peer when named. */
  bandwidth(of?: { readonly peer?: string; readonly protocol?: string }): Bandwidth;
  /** Addresses that are never dialled and never accepted, as `/ip4/10.0.0.0/ipcidr/8`. */
  readonly filters: AddressFilters;
  /** Limits and what is used of them, for `swarm resources`. */
  resources(): Readonly<Record<string, { readonly used: number; readonly max: number }>>;
}

/** One stream of bytes both ways. Neither side runs ahead of the other by more than a window. */
export interface Stream {
  readonly peer: string;
  /** Where its connection leads to, where that is known: of a relayed one the relay's. */
  readonly ip?: string | undefined;
  readonly protocol: string;
  readonly direction: "inbound" | "outbound";
  /** Over a relay that limits time and bytes. */
  readonly isLimited: boolean;
  /**
   * Messages behind a varint of their length, until the peer closes its side. While the consumer is busy nothing is
   * read, so the peer stops. A message's memory is the consumer's. One reader a stream.
   * @throws {MessageTooLargeError} {StreamResetError}
   */
  messages(options: SignalOptions & { readonly bytesMax: number }): AsyncIterable<Uint8Array>;
  /**
   * Bytes as they come, otherwise as `messages`. One that `isLent` is valid until the next is asked for: then its memory is
   * used again.
   */
  chunks(options?: SignalOptions & { readonly isLent?: boolean }): AsyncIterable<Uint8Array>;
  /** Resolves when at most a window (1 MiB) waits for the peer. The memory must not change afterwards. @throws {StreamResetError} */
  send(bytes: Uint8Array, options?: SignalOptions): Promise<void>;
  /** The parts as one message, with its length before it. */
  sendMessage(parts: readonly Uint8Array[], options?: SignalOptions): Promise<void>;
  /** Nothing more will be sent; what was sent arrives. */
  closeWrite(options?: SignalOptions): Promise<void>;
  /** Both ways; what was sent arrives. */
  close(options?: SignalOptions): Promise<void>;
  /** Resets the stream at once. */
  abort(reason: Error): void;
  /** Aborted when the stream is gone, for whatever reason. */
  readonly closed: AbortSignal;
}

export interface StreamOptions extends SignalOptions {
  /** May run over a limited relay. Default false. */
  readonly isLimitedAllowed?: boolean;
  /** Only over a connection that exists: dial nothing. */
  readonly isConnectedOnly?: boolean;
}

export interface HandlerLimits {
  /** Inbound streams of one connection at once; further ones are reset. Default 32. */
  readonly inboundStreamsMax?: number;
  readonly outboundStreamsMax?: number;
  readonly isLimitedAllowed?: boolean;
}

export interface PeerWatcher {
  onConnect(peer: string): void;
  onDisconnect(peer: string): void;
}

export interface ConnectionInfo {
  readonly peer: string;
  /** Without /p2p/ID. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  readonly openedAt: number;
  readonly latencyMs: number | undefined;
  readonly muxer: string;
  readonly security: string;
  readonly isLimited: boolean;
  readonly streams: readonly {
    readonly protocol: string;
    readonly direction: "inbound" | "outbound";
  }[];
}

export interface PeerIdentity {
  readonly id: string;
  readonly publicKey: Uint8Array | undefined;
  readonly addresses: readonly string[];
  readonly agentVersion: string;
  readonly protocolVersion: string;
  readonly protocols: readonly string[];
}

export interface KnownPeer {
  readonly peer: string;
  /** Without /p2p/ID. */
  readonly addresses: readonly string[];
}

/** Peers that are kept connected, with backoff; their connections are never trimmed. */
export interface Peering {
  add(peer: string, addresses: readonly string[]): void;
  /** False when it was not there. */
  remove(peer: string): boolean;
  list(): readonly KnownPeer[];
}

/** As Kubo's `swarm/addrs/autonat`. */
export interface Reachability {
  readonly status: "unknown" | "public" | "private";
  readonly reachable: readonly string[];
  readonly unreachable: readonly string[];
  readonly unknown: readonly string[];
}

export interface Bandwidth {
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes a second, over about the last 15 seconds. */
  readonly rateIn: number;
  readonly rateOut: number;
}

export interface AddressFilters {
  /** @throws {InvalidAddressError} */
  add(filter: string): void;
  remove(filter: string): boolean;
  list(): readonly string[];
}

export interface PubSubMessage {
  readonly topic: string;
  readonly from: string;
  readonly data: Uint8Array;
  readonly sequenceNumber: Uint8Array;
}

/** gossipsub with signed messages. */
export interface PubSub {
  topics(): readonly string[];
  peers(topic?: string): readonly string[];
  publish(topic: string, data: Uint8Array): Promise<void>;
  /**
   * Messages from now on, our own among them. At most `queueMax` (default 256) wait for a slow consumer; then the oldest
   * are dropped. The subscription exists when the promise resolves and ends with the iteration.
   */
  subscribe(
    topic: string,
    options?: SignalOptions & { readonly queueMax?: number },
  ): Promise<AsyncIterable<PubSubMessage>>;
}

/** Where a walk through the DHT is: as Kubo's QueryEvent types 0 to 7. */
export interface QueryEvent {
  readonly type:
    | "sendingQuery"
    | "peerResponse"
    | "finalPeer"
    | "queryError"
    | "provider"
    | "value"
    | "addingPeer"
    | "dialingPeer";
  readonly peer: string;
  readonly extra: string;
  readonly responses: readonly KnownPeer[];
}

export interface QueryOptions extends SignalOptions {
  readonly onEvent?: (event: QueryEvent) => void;
}

/** Kad-DHT, LAN and WAN as one. Keys are bytes as the DHT's messages carry them. */
export interface Dht {
  mode(): "client" | "server";
  /** Peers in the routing tables. */
  readonly size: number;
  /** By the multihash. Each provider once. */
  findProviders(
    multihash: Uint8Array,
    options?: QueryOptions & { readonly max?: number },
  ): AsyncIterable<KnownPeer>;
  /** Tells the closest peers that we have it. @throws {NoPeersError} when there is nobody to tell */
  provide(multihash: Uint8Array, options?: QueryOptions): Promise<void>;
  /** Sends one provider record to each of the peers; for sweeps, which look a region's peers up once. */
  provideTo(
    peers: readonly string[],
    multihashes: readonly Uint8Array[],
    options?: SignalOptions,
  ): Promise<number>;
  /** The addresses of a peer. @throws {PeerNotFoundError} */
  findPeer(peer: string, options?: QueryOptions): Promise<KnownPeer>;
  closestPeers(key: Uint8Array, options?: QueryOptions): AsyncIterable<KnownPeer>;
  /** Valid records, as they come; the best is the caller's choice. */
  values(
    key: Uint8Array,
    options?: QueryOptions,
  ): AsyncIterable<{ readonly from: string; readonly value: Uint8Array }>;
  put(key: Uint8Array, value: Uint8Array, options?: QueryOptions): Promise<void>;
  tables(): readonly RoutingTable[];
}

export interface RoutingTable {
  readonly name: "wan" | "lan";
  readonly mode: "client" | "server";
  readonly buckets: readonly {
    readonly peers: readonly { readonly peer: string; readonly isConnected: boolean }[];
  }[];
}

/** Checks records before they are stored or believed, by the namespace of their key (`ipns`, `pk`). */
export interface RecordValidator {
  readonly namespace: string;
  /** @throws when the record is not valid for the key */
  validate(key: Uint8Array, value: Uint8Array): Promise<void>;
  /** The index of the best of valid records. */
  select(key: Uint8Array, values: readonly Uint8Array[]): number;
}

export interface HostOptions {
  /** The private key as libp2p's protobuf. */
  readonly privateKey: Uint8Array;
  /** Multiaddrs: tcp, tcp/ws, memory. */
  readonly listen: readonly string[];
  /** Told instead of what is bound, when not empty. */
  readonly announce: readonly string[];
  readonly agentVersion: string;
  /** 32 bytes: only peers with the same key can connect. */
  readonly presharedKey?: Uint8Array | undefined;
  readonly security: readonly ("tls" | "noise")[];
  readonly highWater: number;
  readonly lowWater: number;
  readonly profile: ResourceProfile;
  /** Look for peers on the local network, and how often; 0: do not. */
  readonly mdnsIntervalMs: number;
  /** The mDNS service: `_p2p._udp.local` for IPFS. */
  readonly mdnsService?: string;
  /** Multiaddrs with /p2p/ID to dial at the start, and again while there are few peers. */
  readonly bootstrap: readonly string[];
  readonly peering: readonly string[];
  readonly relayClient: boolean;
  /** Lets others connect to each other through us, within limits. */
  readonly relayService: boolean;
  readonly holePunching: boolean;
  readonly upnp: boolean;
  readonly autonat: boolean;
  readonly pubsub: boolean;
  readonly dht?: DhtOptions | undefined;
}

export interface DhtOptions {
  /** `auto`: client, and server while we can be reached. */
  readonly mode: "auto" | "client" | "server";
  /** A record of a namespace without one is refused. */
  readonly validators: readonly RecordValidator[];
}

/** How much a host may use: bounds on dials, connections, streams and memory. */
export type ResourceProfile = "pi" | "default" | "server";
