import { type Clock, LruMap } from "#lib";

import type { Bandwidth } from "../types.ts";
import type { Meter, StreamMeter } from "./contract.ts";

/** Peers and protocols that are told apart; the least recently used are forgotten, the total is not. */
const peersMax = 2_048;
const protocolsMax = 256;
/** A rate falls to a third within this time after the last byte. */
const rateSeconds = 15;

class Counter {
  bytesIn = 0;
  bytesOut = 0;
  #rateIn = 0;
  #rateOut = 0;
  #second = 0;

  add(bytesIn: number, bytesOut: number, second: number): void {
    this.bytesIn += bytesIn;
    this.bytesOut += bytesOut;
    if (second !== this.#second) this.#decay(second);
    this.#rateIn += bytesIn / rateSeconds;
    this.#rateOut += bytesOut / rateSeconds;
  }

  read(second: number): Bandwidth {
    if (second !== this.#second) this.#decay(second);
    const { bytesIn, bytesOut } = this;
    return { bytesIn, bytesOut, rateIn: this.#rateIn, rateOut: this.#rateOut };
  }

  #decay(second: number): void {
    const factor = Math.exp(-Math.max(0, second - this.#second) / rateSeconds);
    this.#rateIn *= factor;
    this.#rateOut *= factor;
    this.#second = second;
  }
}

const nothing: Bandwidth = { bytesIn: 0, bytesOut: 0, rateIn: 0, rateOut: 0 };

export function createMeter(clock: Pick<Clock, "now">): Meter {
  const total = new Counter();
  const peers = new LruMap<string, Counter>(peersMax);
  const protocols = new LruMap<string, Counter>(protocolsMax);
  const second = (): number => Math.floor(clock.now() / 1000);
  return {
    stream(peer, protocol): StreamMeter {
      const counters = [total, counterOf(peers, peer), counterOf(protocols, protocol)];
      const add = (bytesIn: number, bytesOut: number): void => {
        const now = second();
        for (const counter of counters) counter.add(bytesIn, bytesOut, now);
      };
      return { received: (bytes) => add(bytes, 0), sent: (bytes) => add(0, bytes) };
    },
    read(of) {
      if (of?.peer !== undefined) return peers.get(of.peer)?.read(second()) ?? nothing;
      if (of?.protocol !== undefined) return protocols.get(of.protocol)?.read(second()) ?? nothing;
      return total.read(second());
    },
  };
}

function counterOf(table: LruMap<string, Counter>, name: string): Counter {
  const known = table.get(name);
  if (known !== undefined) return known;
  const counter = new Counter();
  table.set(name, counter);
  return counter;
}
