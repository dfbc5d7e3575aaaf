import type { PeerId, PeerInfo } from "@libp2p/interface";
import type { MessageType, QueryEvent } from "@libp2p/kad-dht";

/**
 * What we use of the library's DHT beyond its public methods: those keep provider records that nobody asked for, end at
 * 20 providers, and give up a found value when a single peer refuses its correction. The version is pinned, and the check
 * below fails loudly when a part is not where it was.
 */
export interface KadParts {
  readonly routingTable: KadTable;
  readonly queryManager: KadQueries;
  readonly network: KadNetwork;
  readonly routingTableRefresh: { refreshTable: (isForced?: boolean) => void };
  start(): Promise<void>;
  stop(): Promise<void>;
  getMode(): "client" | "server";
  setMode(mode: "client" | "server"): Promise<void>;
}

interface KadTable {
  readonly size: number;
  readonly kb: {
    toIterable(): Iterable<{ readonly kadId: Uint8Array; readonly peerId: PeerId }>;
  };
  remove(peer: PeerId): Promise<void>;
  addEventListener(type: "peer:add", listener: () => void): void;
  removeEventListener(type: "peer:add", listener: () => void): void;
}

interface KadQueries {
  run(
    key: Uint8Array,
    ask: (context: AskContext) => AsyncIterable<QueryEvent>,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<QueryEvent>;
}

export interface AskContext {
  readonly peer: PeerInfo;
  readonly path: unknown;
  readonly signal?: AbortSignal;
}

interface KadNetwork {
  /** Called for each peer that an answer names, to make it a candidate for the table. */
  safeDispatchEvent: (type: string, detail: unknown) => boolean;
  /** Dials, asks and yields what happens; a failure is an event too. */
  sendRequest(
    to: PeerId,
    message: KadRequest,
    options: { readonly signal: AbortSignal; readonly path: unknown },
  ): AsyncIterable<QueryEvent>;
}

export interface KadRequest {
  readonly type: MessageType;
  readonly key: Uint8Array;
  /** Encoded. */
  readonly record?: Uint8Array;
}

/** @throws {Error} when the library is another than was expected */
export function kadParts(dht: unknown): KadParts {
  if (isKadParts(dht)) return dht;
  throw new Error("@libp2p/kad-dht is not built as its version 16.4 is");
}

function isKadParts(dht: unknown): dht is KadParts {
  return (
    hasMethods(dht, ["start", "stop", "getMode", "setMode"]) &&
    hasMethods(part(dht, "routingTable"), ["remove", "addEventListener"]) &&
    hasMethods(part(part(dht, "routingTable"), "kb"), ["toIterable"]) &&
    hasMethods(part(dht, "queryManager"), ["run"]) &&
    hasMethods(part(dht, "network"), ["sendRequest", "safeDispatchEvent"]) &&
    hasMethods(part(dht, "routingTableRefresh"), ["refreshTable"])
  );
}

function part(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}

function hasMethods(owner: unknown, names: readonly string[]): owner is object {
  return names.every((name) => typeof part(owner, name) === "function");
}
