import { isLoopback, isPrivate } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import { CODE_P2P } from "@multiformats/multiaddr";

/** Which addresses a DHT tells, believes and dials. */
export interface Scope {
  readonly name: "wan" | "lan";
  readonly protocol: string;
  /** Those that belong to it, without /p2p of the peer itself, best first, at most `addressesMax`. */
  filter(addresses: readonly Multiaddr[]): Multiaddr[];
}

const addressesMax = 12;

/** Public addresses, and relays at public addresses. */
export const wanScope: Scope = {
  name: "wan",
  protocol: "/ipfs/kad/1.0.0",
  filter: (addresses) => bare(addresses.filter((address) => !isPrivate(address))),
};

/** Private addresses; the machine's own only when there are no others (several nodes on one machine). */
export const lanScope: Scope = {
  name: "lan",
  protocol: "/ipfs/lan/kad/1.0.0",
  filter(addresses) {
    const isLocal = addresses.filter((address) => isPrivate(address));
    const isOfNetwork = isLocal.filter((address) => !isLoopback(address));
    return bare(isOfNetwork.length > 0 ? isOfNetwork : isLocal);
  },
};

function bare(addresses: readonly Multiaddr[]): Multiaddr[] {
  return addresses
    .slice(0, addressesMax)
    .map((address) => (isRelayed(address) ? address : address.decapsulateCode(CODE_P2P)));
}

export function isRelayed(address: Multiaddr): boolean {
  return address.toString().includes("/p2p-circuit");
}
