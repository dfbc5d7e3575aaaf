import { LruMap } from "#lib";

export interface LoginLimits {
  /** Failures that an address may have at once. */
  readonly failuresMax: number;
  /** After so long one of them is forgiven. */
  readonly forgiveMs: number;
  /** Addresses that are remembered; of more the one that was quiet longest is forgotten. */
  readonly addressesMax: number;
}

/** Ten mistakes, then ten a minute. */
export const defaultLoginLimits: LoginLimits = {
  failuresMax: 10,
  forgiveMs: 6000,
  addressesMax: 4096,
};

interface Mistakes {
  /** Failures at `at`; forgiven ones make it a fraction. */
  failures: number;
  at: number;
}

/**
 * Limits failed logins by address: a bucket of mistakes each, which empties with time. A place is taken before the
 * check, so that many attempts at once are no way around it, and given back when it succeeds.
 */
export class LoginLimiter {
  readonly #limits: LoginLimits;
  readonly #records: LruMap<string, Mistakes>;

  constructor(limits: LoginLimits) {
    this.#limits = limits;
    this.#records = new LruMap(limits.addressesMax);
  }

  /** Answers 0 and counts a failure until it is given back, or the milliseconds until the address may try again. */
  take(address: string, now: number): number {
    const { failuresMax, forgiveMs } = this.#limits;
    const key = networkOf(address);
    const record = this.#records.get(key) ?? { failures: 0, at: now };
    const forgiven = Math.max(0, now - record.at) / forgiveMs;
    const failures = Math.max(0, record.failures - forgiven);
    if (failures > failuresMax - 1) return Math.ceil((failures - failuresMax + 1) * forgiveMs);
    this.#records.set(key, { failures: failures + 1, at: now });
    return 0;
  }

  giveBack(address: string): void {
    const record = this.#records.get(networkOf(address));
    if (record !== undefined) record.failures = Math.max(0, record.failures - 1);
  }
}

/** What one guest is likely to have: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(Math.max(0, zeros)).fill("0"), ...last].slice(0, 4).join(":");
}
