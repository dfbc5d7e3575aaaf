import { BlockList, isIP } from "node:net";

import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";

import { messageOf } from "#lib";

import { InvalidAddressError } from "../errors.ts";
import type { AddressFilters } from "../types.ts";

/** At most this many ranges; Kubo's server profile has 17. */
const filtersMax = 4_096;

/** Ranges of addresses as `/ip4/10.0.0.0/ipcidr/8`. */
export class CidrFilters implements AddressFilters {
  readonly #ranges = new Map<string, { readonly host: string; readonly bits: number }>();
  #blocked = new BlockList();

  add(filter: string): void {
    const range = parseRange(filter);
    if (this.#ranges.size >= filtersMax)
      throw new InvalidAddressError(filter, `more than ${filtersMax} filters`);
    this.#ranges.set(filter, range);
    this.#rebuild();
  }

  remove(filter: string): boolean {
    const isRemoved = this.#ranges.delete(filter);
    if (isRemoved) this.#rebuild();
    return isRemoved;
  }

  list(): readonly string[] {
    return [...this.#ranges.keys()];
  }

  /** Whether the address starts with an IP in one of the ranges. */
  isBlocked(address: Multiaddr): boolean {
    if (this.#ranges.size === 0) return false;
    const host = ipOf(address);
    return host !== undefined && this.#blocked.check(host, familyOf(host));
  }

  #rebuild(): void {
    this.#blocked = new BlockList();
    for (const { host, bits } of this.#ranges.values())
      this.#blocked.addSubnet(host, bits, familyOf(host));
  }
}

/** The IP that an address starts with. */
export function ipOf(address: Multiaddr): string | undefined {
  return address.getComponents().find(({ name }) => name === "ip4" || name === "ip6")?.value;
}

function familyOf(host: string): "ipv4" | "ipv6" {
  return isIP(host) === 6 ? "ipv6" : "ipv4";
}

function parseRange(filter: string): { readonly host: string; readonly bits: number } {
  const [ip, mask, ...rest] = componentsOf(filter);
  const host = ip?.value;
  const bits = Number(mask?.value);
  const isRange = mask?.name === "ipcidr" && rest.length === 0 && host !== undefined;
  if (!isRange || isIP(host) === 0)
    throw new InvalidAddressError(filter, "a filter is /ip4/ADDRESS/ipcidr/BITS or /ip6/…");
  const bitsMax = isIP(host) === 6 ? 128 : 32;
  if (!Number.isInteger(bits) || bits < 0 || bits > bitsMax)
    throw new InvalidAddressError(filter, `ipcidr goes from 0 to ${bitsMax}`);
  return { host, bits };
}

function componentsOf(filter: string): ReturnType<Multiaddr["getComponents"]> {
  try {
    return multiaddr(filter).getComponents();
  } catch (error) {
    throw new InvalidAddressError(filter, messageOf(error));
  }
}
