import { isIPv6 } from "node:net";

import type { Clock } from "#lib";

/** Sources that are remembered; beyond it, those without a connection are forgotten. */
const sourcesMax = 8_192;
/** A source may open this many at once, and one more every five seconds; as go-libp2p. */
const burst = 16;
const refillPerSecond = 0.2;

interface Source {
  connections: number;
  tokens: number;
  at: number;
}

/** Counts inbound connections, all of them and by where they come from. */
export class InboundLimiter {
  readonly #limits: {
    readonly inboundConnectionsMax: number;
    readonly perAddressConnectionsMax: number;
  };
  readonly #clock: Pick<Clock, "now">;
  readonly #sources = new Map<string, Source>();
  #connections = 0;

  constructor(
    limits: { readonly inboundConnectionsMax: number; readonly perAddressConnectionsMax: number },
    clock: Pick<Clock, "now">,
  ) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get connections(): number {
    return this.#connections;
  }

  /** A function to call when the connection is gone, or undefined when it must not come in. */
  enter(ip: string | undefined): (() => void) | undefined {
    if (this.#connections >= this.#limits.inboundConnectionsMax) return undefined;
    const source = ip === undefined || isLoopback(ip) ? undefined : this.#sourceOf(ip);
    if (source !== undefined) {
      const isOver = source.connections >= this.#limits.perAddressConnectionsMax;
      if (isOver || source.tokens < 1) return undefined;
      source.tokens -= 1;
      source.connections += 1;
    }
    this.#connections += 1;
    return () => {
      this.#connections -= 1;
      if (source !== undefined) source.connections -= 1;
    };
  }

  #sourceOf(ip: string): Source {
    const key = networkOf(ip);
    const now = this.#clock.now();
    const known = this.#sources.get(key);
    if (known !== undefined) {
      known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * refillPerSecond);
      known.at = now;
      return known;
    }
    if (this.#sources.size >= sourcesMax) this.#forgetIdle();
    const source: Source = { connections: 0, tokens: burst, at: now };
    this.#sources.set(key, source);
    return source;
  }

  #forgetIdle(): void {
    for (const [key, source] of this.#sources)
      if (source.connections === 0) this.#sources.delete(key);
  }
}

/** An IPv4 address, or the /56 of an IPv6 one, which is what a home gets. */
function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = "", tail = ""] = ip.split("::");
  const left = head.split(":").filter((part) => part !== "");
  const right = tail.split(":").filter((part) => part !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = [...left, ...zeros, ...right].map((part) => part.padStart(4, "0"));
  return groups.slice(0, 4).join("").slice(0, 14);
}

function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1" || ip.startsWith("::ffff:127.");
}
