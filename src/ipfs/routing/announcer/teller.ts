import { abortReason, type Clock, eachBounded, type Logger, messageOf } from "#lib";
import { type Dht, NoAddressError } from "#net";

import type { AnnouncerBounds } from "../bounds.ts";
import { Pacer } from "./pacer.ts";
import { holdersOf, type Region } from "./regions.ts";

export interface TellerDeps {
  readonly dht: Dht;
  /** What a provider record tells of us. */
  readonly addresses: () => readonly string[];
  readonly self: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: AnnouncerBounds;
}

/** Bytes of a message beside the key and the addresses. */
const messageBytes = 60;

/** Tells the peers of a region about keys in it, within the limits of the line. */
export class Teller {
  readonly #deps: TellerDeps;
  readonly #pacer: Pacer;
  #bytes = 0;

  constructor(deps: TellerDeps) {
    this.#deps = deps;
    this.#pacer = new Pacer(deps.clock, deps.bounds.bytesPerSecond);
  }

  /** Sent since the start, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Each key to the peers nearest to it, each peer once. Answers how many of the keys somebody took.
   * @throws {NoAddressError} and the signal's reason
   */
  async tell(keys: readonly Uint8Array[], region: Region, signal: AbortSignal): Promise<number> {
    const { dht, bounds, logger } = this.#deps;
    const taken = new Set<Uint8Array>();
    await eachBounded(this.#byPeer(keys, region), bounds.sendsMax, async ([peer, mine]) => {
      if (signal.aborted) throw abortReason(signal);
      const bytes = this.#weigh(mine);
      await this.#pacer.pass(bytes, signal);
      try {
        const told = await dht.provideTo([peer], mine, { signal });
        if (told === 0) return;
        this.#bytes += bytes;
        for (const key of mine) taken.add(key);
      } catch (thrown) {
        if (signal.aborted) throw abortReason(signal);
        if (thrown instanceof NoAddressError) throw thrown;
        logger.debug("a peer took no provider records", { peer, problem: messageOf(thrown) });
      }
    });
    return taken.size;
  }

  #byPeer(keys: readonly Uint8Array[], region: Region): Map<string, Uint8Array[]> {
    const byPeer = new Map<string, Uint8Array[]>();
    for (const key of keys) {
      for (const { peer } of holdersOf(region, key)) {
        if (peer === this.#deps.self) continue;
        const mine = byPeer.get(peer);
        if (mine === undefined) byPeer.set(peer, [key]);
        else mine.push(key);
      }
    }
    return byPeer;
  }

  #weigh(keys: readonly Uint8Array[]): number {
    const addressBytes = this.#deps.addresses().length * 12;
    return keys.reduce((sum, key) => sum + key.length + messageBytes + addressBytes, 0);
  }
}
