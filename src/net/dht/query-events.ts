import type { PeerInfo } from "@libp2p/interface";
import type { QueryEvent as KadEvent } from "@libp2p/kad-dht";

import type { KnownPeer, QueryEvent } from "../types.ts";

export function knownPeer(peer: PeerInfo): KnownPeer {
  return {
    peer: peer.id.toString(),
    addresses: peer.multiaddrs.map((address) => address.toString()),
  };
}

export function queryEvent(
  type: QueryEvent["type"],
  peer: string,
  more: { readonly extra?: string; readonly responses?: readonly KnownPeer[] } = {},
): QueryEvent {
  return { type, peer, extra: more.extra ?? "", responses: more.responses ?? [] };
}

/** The library's event as Kubo would tell it; undefined for what Kubo does not tell. */
export function toQueryEvent(
  event: KadEvent,
  isConnected: (peer: string) => boolean,
): QueryEvent | undefined {
  switch (event.name) {
    case "DIAL_PEER": {
      const peer = event.peer.toString();
      return isConnected(peer) ? undefined : queryEvent("dialingPeer", peer);
    }
    case "SEND_QUERY":
      return queryEvent("sendingQuery", event.to.toString());
    case "PEER_RESPONSE":
      return queryEvent("peerResponse", event.from.toString(), {
        responses: event.closer.map(knownPeer),
      });
    case "QUERY_ERROR":
      return queryEvent("queryError", event.from.toString(), { extra: event.error.message });
    case "ADD_PEER":
      return queryEvent("addingPeer", event.peer.toString());
    case "FINAL_PEER":
    case "PROVIDER":
    case "VALUE":
    case "PATH_ENDED":
    default:
      return undefined;
  }
}
