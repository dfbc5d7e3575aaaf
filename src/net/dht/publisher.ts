import type { PeerInfo } from "@libp2p/interface";
import { MessageType } from "@libp2p/kad-dht";
import type { Multiaddr } from "@multiformats/multiaddr";

import { abortReason, type Clock, eachBounded, type Logger, messageOf, startDeadline } from "#lib";

import type { QueryOptions } from "../types.ts";
import { wirePeer } from "./answers.ts";
import type { DhtBounds } from "./bounds.ts";
import type { KadService } from "./kad-service.ts";
import { encodeAddProvider, encodeRecord } from "./message.ts";
import { toQueryEvent } from "./query-events.ts";
import { sendFrames } from "./sender.ts";

export interface PublisherDeps {
  readonly bounds: DhtBounds;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Leaves provider records and values with peers. */
export class Publisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Where others of the DHT's scope can reach us. */
  ownAddresses({ components, side }: KadService): readonly Multiaddr[] {
    return side.scope.filter(components.addressManager.getAddresses());
  }

  /** Tells each peer about all keys, over one stream; answers how many took them. Peers that fail are passed over. */
  async tell(
    service: KadService,
    peers: readonly PeerInfo[],
    options: QueryOptions & { readonly multihashes: readonly Uint8Array[] },
  ): Promise<number> {
    const { bounds, clock, log } = this.#deps;
    const encode = encodeAddProvider(
      wirePeer(service.components.peerId, this.ownAddresses(service)),
    );
    const deps = {
      connections: service.connections,
      protocol: service.side.scope.protocol,
      clock,
      timeoutMs: bounds.sendTimeoutMs,
    };
    let told = 0;
    await eachBounded(peers, bounds.sendsMax, async ({ id }) => {
      if (options.signal?.aborted === true) return;
      try {
        const frames = mapped(options.multihashes, encode);
        await sendFrames(deps, id, { signal: options.signal, frames });
        told += 1;
      } catch (thrown) {
        log.debug("a peer took no provider record", {
          peer: id.toString(),
          problem: messageOf(thrown),
        });
      }
    });
    if (options.signal?.aborted === true) throw abortReason(options.signal);
    return told;
  }

  /** Leaves a value with each peer; answers how many took it. */
  async put(
    service: KadService,
    peers: readonly PeerInfo[],
    options: QueryOptions & { readonly key: Uint8Array; readonly value: Uint8Array },
  ): Promise<number> {
    const { key, value } = options;
    const record = encodeRecord({ key, value, timeReceived: "" });
    let taken = 0;
    await eachBounded(peers, this.#deps.bounds.sendsMax, async (peer) => {
      if (options.signal?.aborted === true) return;
      if (await this.#putTo(service, peer, { ...options, record })) taken += 1;
    });
    if (options.signal?.aborted === true) throw abortReason(options.signal);
    return taken;
  }

  async #putTo(
    { side, components }: KadService,
    { id }: PeerInfo,
    options: QueryOptions & { readonly key: Uint8Array; readonly record: Uint8Array },
  ): Promise<boolean> {
    const deadline = startDeadline(
      this.#deps.clock,
      this.#deps.bounds.sendTimeoutMs,
      options.signal,
    );
    const request = { type: MessageType.PUT_VALUE, key: options.key, record: options.record };
    const path = { index: -1, queued: 0, running: 0, total: 0 };
    let isTaken = false;
    try {
      const events = side.kad.network.sendRequest(id, request, { signal: deadline.signal, path });
      for await (const event of events) {
        const told = toQueryEvent(
          event,
          () => components.connectionManager.getConnections(id).length > 0,
        );
        if (told !== undefined) options.onEvent?.(told);
        if (event.name === "PEER_RESPONSE") isTaken = true;
      }
    } finally {
      deadline.stop();
    }
    return isTaken;
  }
}

function* mapped<T, R>(items: Iterable<T>, act: (item: T) => R): Generator<R> {
  for (const item of items) yield act(item);
}
