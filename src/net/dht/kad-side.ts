import type { PeerId, PeerInfo } from "@libp2p/interface";
import { MessageType, type QueryEvent } from "@libp2p/kad-dht";
import { peerIdFromString } from "@libp2p/peer-id";

import { abortReason, type Clock, type Gate, type Logger, messageOf, startDeadline } from "#lib";

import type { QueryOptions, RoutingTable } from "../types.ts";
import type { AddressBook } from "./address-book.ts";
import type { DhtBounds } from "./bounds.ts";
import type { AskContext, KadParts, KadRequest } from "./kad-internals.ts";
import { commonPrefix, kadId, nearestTo } from "./keys.ts";
import { toQueryEvent } from "./query-events.ts";
import type { Scope } from "./scope.ts";

/** An honest peer names 20, or one more. */
const closerMax = 40;

/** As many peers hold a record. */
const closestCount = 20;

/** What one peer answered. */
export interface Answer {
  readonly from: PeerId;
  readonly closer: readonly PeerInfo[];
  readonly providers: readonly PeerInfo[];
  readonly value: Uint8Array | undefined;
}

export interface SideDeps {
  readonly kad: KadParts;
  readonly scope: Scope;
  readonly bounds: DhtBounds;
  readonly book: AddressBook;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly self: PeerId;
  readonly isConnected: (peer: PeerId) => boolean;
}

/** One of the two DHTs: its table, and walks through it. */
export class KadSide {
  readonly scope: Scope;
  readonly #deps: SideDeps;

  constructor(deps: SideDeps) {
    this.scope = deps.scope;
    this.#deps = deps;
  }

  get kad(): KadParts {
    return this.#deps.kad;
  }

  get size(): number {
    return this.kad.routingTable.size;
  }

  /** Peers of the table that are nearest to a place. */
  nearest(target: Uint8Array, count: number): readonly PeerId[] {
    const peers = this.kad.routingTable.kb.toIterable();
    return nearestTo(target, peers, count).map(({ peerId }) => peerId);
  }

  /**
   * Asks nearer and nearer peers; yields what they answer. Ends when nobody nearer is left, or after the time for one
   * search. With an empty table it ends at once.
   * @throws {GateFullError} and the signal's reason
   */
  async *walk(type: MessageType, key: Uint8Array, options: QueryOptions): AsyncGenerator<Answer> {
    if (this.size === 0) return;
    const { gate, clock, bounds, log, kad } = this.#deps;
    const leave = await gate.enter(options.signal);
    const deadline = startDeadline(clock, bounds.queryTimeoutMs, options.signal);
    const { signal } = deadline;
    const ask = (context: AskContext) => this.#ask(context, { type, key }, signal);
    try {
      for await (const event of kad.queryManager.run(key, ask, { signal })) {
        const told = toQueryEvent(event, (peer) => this.#deps.isConnected(peerIdFromString(peer)));
        if (told !== undefined) options.onEvent?.(told);
        if (event.name === "QUERY_ERROR" && !signal.aborted) await this.#drop(event.from);
        if (event.name === "PEER_RESPONSE") {
          yield { ...event, value: event.record?.value };
        }
      }
    } catch (thrown) {
      if (options.signal?.aborted === true) throw abortReason(options.signal);
      log.debug("a search in the DHT broke off", {
        dht: this.scope.name,
        problem: messageOf(thrown),
      });
    } finally {
      deadline.stop();
      leave();
    }
  }

  /** Those of the peers that answered who are nearest to the key, nearest first: at most 20. */
  async closestPeers(key: Uint8Array, options: QueryOptions): Promise<PeerInfo[]> {
    const answered = new Map<string, { readonly kadId: Uint8Array; readonly id: PeerId }>();
    for await (const { from } of this.walk(MessageType.FIND_NODE, key, options)) {
      answered.set(from.toString(), { kadId: kadId(from.toMultihash().bytes), id: from });
    }
    const nearest = nearestTo(kadId(key), answered.values(), closestCount);
    return await Promise.all(
      nearest.map(async ({ id }) => ({ id, multiaddrs: [...(await this.#deps.book.find(id))] })),
    );
  }

  /** What others know about a peer; each time somebody knows something. */
  async *findPeer(peer: PeerId, options: QueryOptions): AsyncGenerator<PeerInfo> {
    const key = peer.toMultihash().bytes;
    for await (const { closer } of this.walk(MessageType.FIND_NODE, key, options)) {
      const found = closer.find(({ id, multiaddrs }) => id.equals(peer) && multiaddrs.length > 0);
      if (found !== undefined) yield found;
    }
  }

  table(): RoutingTable {
    const own = kadId(this.#deps.self.toMultihash().bytes);
    const buckets: {
      readonly peers: { readonly peer: string; readonly isConnected: boolean }[];
    }[] = [];
    for (const { kadId: place, peerId } of this.kad.routingTable.kb.toIterable()) {
      const index = commonPrefix(own, place);
      while (buckets.length <= index) buckets.push({ peers: [] });
      buckets[index]?.peers.push({
        peer: peerId.toString(),
        isConnected: this.#deps.isConnected(peerId),
      });
    }
    return { name: this.scope.name, mode: this.kad.getMode(), buckets };
  }

  /** Addresses are kept before the library goes on with the answer: it dials by the peer's id alone. */
  async *#ask(
    { peer, path, signal }: AskContext,
    request: KadRequest,
    searchSignal: AbortSignal,
  ): AsyncGenerator<QueryEvent> {
    const { kad, book } = this.#deps;
    const note = (found: PeerInfo): PeerInfo => ({
      id: found.id,
      multiaddrs: [...book.note(found.id, found.multiaddrs)],
    });
    const options = { path, signal: signal ?? searchSignal };
    for await (const event of kad.network.sendRequest(peer.id, request, options)) {
      if (event.name !== "PEER_RESPONSE") yield event;
      else {
        const closer = event.closer.slice(0, closerMax).map(note);
        yield { ...event, closer, providers: event.providers.map(note) };
      }
    }
  }

  /** Who does not answer is in the way of every search. */
  async #drop(peer: PeerId): Promise<void> {
    if (this.#deps.isConnected(peer)) return;
    await this.kad.routingTable.remove(peer).catch((thrown: unknown) => {
      this.#deps.log.debug("a peer stays in the table", { problem: messageOf(thrown) });
    });
  }
}
