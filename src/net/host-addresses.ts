import type { PeerId } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { CODE_P2P, type Multiaddr, multiaddr } from "@multiformats/multiaddr";

import { messageOf } from "#lib";

import { InvalidAddressError } from "./errors.ts";

/** A peer id from its text: base58, or a CID. @throws {InvalidAddressError} */
export function parsePeer(text: string): PeerId {
  try {
    return peerIdFromString(text);
  } catch (thrown) {
    throw new InvalidAddressError(text, messageOf(thrown));
  }
}

/** @throws {InvalidAddressError} */
export function parseAddress(text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch (thrown) {
    throw new InvalidAddressError(text, messageOf(thrown));
  }
}

export interface Target {
  readonly peer: PeerId;
  /** Undefined when only the id was given. */
  readonly address: Multiaddr | undefined;
}

/** A multiaddr that ends in /p2p/ID, or an id. @throws {InvalidAddressError} */
export function parseTarget(text: string): Target {
  if (!text.startsWith("/")) return { peer: parsePeer(text), address: undefined };
  const address = parseAddress(text);
  const last = address.getComponents().at(-1);
  if (last?.code !== CODE_P2P || last.value === undefined) {
    throw new InvalidAddressError(text, "it does not end in /p2p/ID");
  }
  const isOnlyId = address.getComponents().length === 1;
  return { peer: parsePeer(last.value), address: isOnlyId ? undefined : address };
}

/** The address of a peer as text, without the peer's own id; a relay's id stays. */
export function addressText(address: Multiaddr, peer: PeerId): string {
  const end = `/p2p/${peer.toString()}`;
  const text = address.toString();
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

/** With the peer's id at its end. */
export function fullAddressText(address: Multiaddr, peer: PeerId): string {
  return `${addressText(address, peer)}/p2p/${peer.toString()}`;
}
