import { isLoopback, isPrivate } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import { CODE_P2P } from "@multiformats/multiaddr";

/** Which addresses a DHT tells, believes and dials. */
export interface Scope {
  readonly name: "wan" | "lan";
  readonly protocol: string;
  /** Those that belong to it, each once and without /p2p of the peer itself, best first, at most `addressesMax`. */
  filter(addresses: readonly Multiaddr[]): Multiaddr[];
}

const addressesMax = 12;

/** Public addresses, and relays at public addresses. */
export const wanScope: Scope = {
  name: "wan",
  protocol: "/ipfs/kad/1.0.0",
  filter: (addresses) => bare(addresses.filter((address) => !isLocal(address))),
};

/** Private addresses; the machine's own only when there are no others (several nodes on one machine). */
export const lanScope: Scope = {
  name: "lan",
  protocol: "/ipfs/lan/kad/1.0.0",
  filter(addresses) {
    const local = addresses.filter(isLocal);
    const ofNetwork = local.filter((address) => !isLoopback(address));
    return bare(ofNetwork.length > 0 ? ofNetwork : local);
  },
};

/** Some peers tell an address twice, with their id and without. */
function bare(addresses: readonly Multiaddr[]): Multiaddr[] {
  const found = new Map<string, Multiaddr>();
  for (const address of addresses) {
    if (found.size === addressesMax) break;
    const plain = isRelayed(address) ? address : address.decapsulateCode(CODE_P2P);
    found.set(plain.toString(), plain);
  }
  return [...found.values()];
}

/** Ranges of IPv4 that are not public: the first two bytes, from and to. */
const localRanges: readonly (readonly [from: number, to: number])[] = [
  [0x0000, 0x00ff],
  [0x0a00, 0x0aff],
  [0x6440, 0x647f],
  [0x7f00, 0x7fff],
  [0xa9fe, 0xa9fe],
  [0xac10, 0xac1f],
  [0xc0a8, 0xc0a8],
  [0xc612, 0xc613],
  [0xe000, 0xffff],
];

/** As the library's `isPrivate`, which compares an address with 24 networks one after the other, in text. */
export function isLocal(address: Multiaddr): boolean {
  const [first] = address.getComponents();
  if (first?.name !== "ip4" || first.value === undefined) return isPrivate(address);
  const [a = 0, b = 0] = first.value.split(".", 2).map(Number);
  const start = a * 256 + b;
  if (localRanges.some(([from, to]) => from <= start && start <= to)) return true;
  // Small networks for documentation and protocols.
  return [192, 198, 203].includes(a) && isPrivate(address);
}

export function isRelayed(address: Multiaddr): boolean {
  return address.toString().includes("/p2p-circuit");
}
