import { multiaddr } from "@multiformats/multiaddr";

import { type Clock, type Logger, messageOf } from "#lib";

import { InvalidAddressError } from "../errors.ts";
import type { KnownPeer, Peering } from "../types.ts";

/** As Kubo: from 5 seconds to 10 minutes, each wait 1.5 to 2.5 times the one before. */
const firstDelayMs = 5_000;
const delayMaxMs = 600_000;

export interface PeeringDeps {
  /** Tries the addresses; without any, looks the peer up. */
  connect(peer: string, addresses: readonly string[], signal: AbortSignal): Promise<unknown>;
  isConnected(peer: string): boolean;
  /** Calls back once when the peer has no connection any more; the result stops that. */
  onceDisconnected(peer: string, callback: () => void): () => void;
  protect(peer: string): void;
  unprotect(peer: string): void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

interface Entry {
  addresses: readonly string[];
  readonly stopped: AbortController;
}

/** Keeps peers connected until they are removed. */
export class KeptPeers implements Peering, Disposable {
  readonly #deps: PeeringDeps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: PeeringDeps) {
    this.#deps = deps;
  }

  add(peer: string, addresses: readonly string[]): void {
    const known = this.#entries.get(peer);
    if (known !== undefined) {
      known.addresses = addresses;
      return;
    }
    const entry: Entry = { addresses, stopped: new AbortController() };
    this.#entries.set(peer, entry);
    this.#deps.protect(peer);
    void this.#keep(peer, entry).catch((error: unknown) => {
      if (!entry.stopped.signal.aborted)
        this.#deps.log.error("a peer is no longer kept connected", { peer, error });
    });
  }

  remove(peer: string): boolean {
    const entry = this.#entries.get(peer);
    if (entry === undefined) return false;
    this.#entries.delete(peer);
    this.#deps.unprotect(peer);
    entry.stopped.abort(new Error(`${peer} is no longer kept connected`));
    return true;
  }

  list(): readonly KnownPeer[] {
    return [...this.#entries].map(([peer, { addresses }]) => ({ peer, addresses }));
  }

  [Symbol.dispose](): void {
    for (const peer of this.#entries.keys()) this.remove(peer);
  }

  async #keep(peer: string, entry: Entry): Promise<void> {
    const { signal } = entry.stopped;
    const { clock, random } = this.#deps;
    while (!signal.aborted) {
      await this.#connectWithBackoff(peer, entry);
      await this.#disconnected(peer, signal);
      // Both sides may keep each other: a different wait each keeps them from dialling at the same time.
      if (!signal.aborted) await clock.sleep(firstDelayMs * (0.5 + random()), signal);
    }
  }

  async #connectWithBackoff(peer: string, entry: Entry): Promise<void> {
    const { clock, random, log } = this.#deps;
    let delayMs = firstDelayMs;
    while (!entry.stopped.signal.aborted && !this.#deps.isConnected(peer)) {
      try {
        await this.#deps.connect(peer, entry.addresses, entry.stopped.signal);
      } catch (error) {
        entry.stopped.signal.throwIfAborted();
        delayMs = nextDelay(delayMs, random);
        log.debug("a peer to be kept connected is not reachable", {
          peer,
          delayMs,
          problem: messageOf(error),
        });
        await clock.sleep(delayMs, entry.stopped.signal);
      }
    }
  }

  #disconnected(peer: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#deps.onceDisconnected(peer, done);
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted || !this.#deps.isConnected(peer)) done();
    });
  }
}

function nextDelay(delayMs: number, random: () => number): number {
  const grown = delayMs * (1.5 + random());
  return Math.round(grown < delayMaxMs ? grown : delayMaxMs * (0.9 + random() / 10));
}

/** Multiaddrs that end in /p2p/ID, by peer and without that end. @throws {InvalidAddressError} */
export function groupByPeer(addresses: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const address of addresses) {
    const { peer, address: bare } = splitAddress(address);
    const group = groups.get(peer) ?? [];
    if (bare !== "") group.push(bare);
    groups.set(peer, group);
  }
  return groups;
}

function splitAddress(address: string): { readonly peer: string; readonly address: string } {
  try {
    const last = multiaddr(address).getComponents().at(-1);
    if (last?.name === "p2p" && last.value !== undefined) {
      const end = address.lastIndexOf(`/${last.value}`);
      return { peer: last.value, address: address.slice(0, end).replace(/\/(p2p|ipfs)$/, "") };
    }
  } catch (error) {
    throw new InvalidAddressError(address, messageOf(error));
  }
  throw new InvalidAddressError(address, "it does not end in /p2p/ID");
}
