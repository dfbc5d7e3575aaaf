import { isStartable, type PeerDiscovery, type PeerInfo, type Startable } from "@libp2p/interface";
import { mdns } from "@libp2p/mdns";

import { type Clock, type Logger, messageOf } from "#lib";

import { withDeadline } from "../host-streams.ts";
import type { Libp2pParts } from "./libp2p-parts.ts";

/** Peers on the local network that are dialled at once; more are not looked at until these are done. */
const dialsMax = 8;
const dialTimeoutMs = 30_000;

/**
 * mDNS as the libp2p specification and Kubo have it: service `_p2p._udp.local`, a random instance name, TXT `dnsaddr=`.
 * Peers that answer are dialled.
 */
export class LanDiscovery implements Disposable {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #dialling = new Set<string>();
  readonly #stopped = new AbortController();
  #dial: ((peer: PeerInfo, signal: AbortSignal) => Promise<unknown>) | undefined;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** For libp2p's `peerDiscovery`. */
  readonly factory = (options: {
    readonly intervalMs: number;
    readonly service: string | undefined;
  }): ((parts: Libp2pParts) => PeerDiscovery) => {
    const create = mdns({
      interval: options.intervalMs,
      ...(options.service === undefined ? {} : { serviceTag: options.service }),
    });
    return (parts) => {
      const discovery = create(parts);
      discovery.addEventListener("peer", ({ detail }) => this.#found(detail));
      return isStartable(discovery) ? this.#harmless(discovery) : discovery;
    };
  };

  /** From now on peers that are found are dialled. */
  start(dial: (peer: PeerInfo, signal: AbortSignal) => Promise<unknown>): void {
    this.#dial = dial;
  }

  [Symbol.dispose](): void {
    this.#dial = undefined;
    this.#stopped.abort(new Error("the host is closing"));
  }

  /** A network without multicast is no reason not to start. */
  #harmless(discovery: PeerDiscovery & Startable): PeerDiscovery {
    const start = discovery.start.bind(discovery);
    discovery.start = async () => {
      try {
        await start();
      } catch (error) {
        this.#log.warn("no peers will be found on the local network", { error });
      }
    };
    return discovery;
  }

  #found(peer: PeerInfo): void {
    const id = peer.id.toString();
    const dial = this.#dial;
    if (dial === undefined || this.#dialling.has(id) || this.#dialling.size >= dialsMax) return;
    this.#dialling.add(id);
    void this.#dialInTime(peer, dial)
      .catch((error: unknown) =>
        this.#log.debug("a peer on the local network is not reachable", {
          peer: id,
          problem: messageOf(error),
        }),
      )
      .finally(() => this.#dialling.delete(id));
  }

  async #dialInTime(
    peer: PeerInfo,
    dial: (peer: PeerInfo, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    using deadline = withDeadline(this.#clock, dialTimeoutMs, this.#stopped.signal);
    await dial(peer, deadline.signal);
  }
}
