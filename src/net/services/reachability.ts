import { isPrivate } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";

import type { Clock } from "#lib";

import type { Reachability } from "../types.ts";
import { ipOf } from "./filters.ts";
import type { Libp2pParts } from "./libp2p-parts.ts";

/** So many peers must see us under the same IP before we believe that it is ours; as go-libp2p. */
const observersWanted = 4;
/** IPs that peers told us, and observers of each, that are remembered. */
const candidatesMax = 16;
const observersMax = 16;
/** So many peers on the internet without one that sees a public address of ours, and we are behind a NAT. */
const publicPeersWanted = 4;

type AddressManager = Libp2pParts["addressManager"];

/**
 * What is known about being reached from the internet. AutoNAT does the checking; this class gives it candidates and sums
 * up its results:
 * - Public addresses that we listen on are told from the start, and withdrawn when AutoNAT finds that they do not answer.
 *   (libp2p tells nobody of them before four networks have dialled them, so a server would stay alone.)
 * - The IP that peers see, with the port that we listen on: right behind a forwarded port and in clouds. (libp2p leaves
 *   observed TCP addresses out, because their port is that of a dial.)
 */
export class ReachabilityWatch implements Disposable {
  readonly #parts: Pick<Libp2pParts, "addressManager" | "events" | "connectionManager">;
  readonly #clock: Pick<Clock, "now">;
  readonly #observers = new Map<string, Set<string>>();
  /** Addresses that we told without a check, and when. */
  readonly #assumed = new Map<string, number>();
  readonly #forget: () => void;

  constructor(
    parts: Pick<Libp2pParts, "addressManager" | "events" | "connectionManager">,
    clock: Pick<Clock, "now">,
  ) {
    this.#parts = parts;
    this.#clock = clock;
    const onIdentify = ({
      detail: { observedAddr, peerId, connection },
    }: Parameters<IdentifyListener>[0]): void => {
      const ip = observedAddr === undefined ? undefined : ipOf(observedAddr);
      const isDirect = !connection.remoteAddr.toString().includes("/p2p-circuit");
      const isThereAndHere = isDirect && !isPrivate(connection.remoteAddr);
      if (ip !== undefined && isThereAndHere) this.#observe(ip, peerId.toString());
    };
    const onListening = (): void => this.#assumeListening();
    parts.events.addEventListener("peer:identify", onIdentify);
    parts.events.addEventListener("transport:listening", onListening);
    this.#forget = () => {
      parts.events.removeEventListener("peer:identify", onIdentify);
      parts.events.removeEventListener("transport:listening", onListening);
    };
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  read(): Reachability {
    const reachable: string[] = [];
    const unreachable: string[] = [];
    const unknown: string[] = [];
    for (const address of this.#publicAddresses()) {
      const text = address.multiaddr.toString();
      const isChecked = (address.lastVerified ?? 0) > (this.#assumed.get(text) ?? 0);
      if (address.type === "announce") unknown.push(text);
      else if (address.verified) (isChecked ? reachable : unknown).push(text);
      else (address.expires > 0 ? unreachable : unknown).push(text);
    }
    const status = this.#statusOf(reachable.length, unreachable.length, unknown.length);
    return { status, reachable, unreachable, unknown };
  }

  #statusOf(reachable: number, unreachable: number, unknown: number): Reachability["status"] {
    if (reachable > 0) return "public";
    if (unknown > 0) return "unknown";
    const isAlone = unreachable === 0 && this.#publicPeers() < publicPeersWanted;
    return isAlone ? "unknown" : "private";
  }

  #publicAddresses(): ReturnType<AddressManager["getAddressesWithMetadata"]> {
    return this.#parts.addressManager
      .getAddressesWithMetadata()
      .filter(
        ({ multiaddr: address }) =>
          ipOf(address) !== undefined &&
          !isPrivate(address) &&
          !address.toString().includes("/p2p-circuit"),
      );
  }

  #publicPeers(): number {
    return this.#parts.connectionManager
      .getConnections()
      .filter(({ remoteAddr, limits }) => limits === undefined && !isPrivate(remoteAddr)).length;
  }

  #assumeListening(): void {
    const { addressManager } = this.#parts;
    for (const { multiaddr: address, type, verified, expires } of this.#publicAddresses()) {
      if (type !== "transport" || verified || expires > 0) continue;
      // Believed, and due to be checked at once.
      addressManager.confirmObservedAddr(address, { type: "transport", ttl: 0 });
      this.#assumed.set(address.toString(), this.#clock.now());
    }
  }

  #observe(ip: string, observer: string): void {
    const known = this.#observers.get(ip);
    if (known === undefined && this.#observers.size >= candidatesMax) return;
    const observers = known ?? new Set();
    if (observers.size >= observersMax) return;
    this.#observers.set(ip, observers.add(observer));
    if (observers.size === observersWanted) this.#addCandidates(ip);
  }

  #addCandidates(ip: string): void {
    const { addressManager } = this.#parts;
    const name = ip.includes(":") ? "ip6" : "ip4";
    for (const { multiaddr: address, type } of addressManager.getAddressesWithMetadata()) {
      const [network, port] = address.getComponents();
      const isOurs = type === "transport" && network?.name === name && port?.name === "tcp";
      if (!isOurs || network.value === undefined || isLoopback(network.value)) continue;
      const seen = address.toString().replace(`/${name}/${network.value}/`, `/${name}/${ip}/`);
      if (!isPrivate(multiaddr(seen))) addressManager.addObservedAddr(multiaddr(seen));
    }
  }
}

type IdentifyListener = (event: { readonly detail: IdentifyDetail }) => void;

interface IdentifyDetail {
  readonly observedAddr?: ReturnType<typeof multiaddr>;
  readonly peerId: { toString(): string };
  readonly connection: { readonly remoteAddr: ReturnType<typeof multiaddr> };
}

function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1";
}
