import type { ConnectionGater } from "@libp2p/interface";

import { type CidrFilters, ipOf } from "./filters.ts";
import type { InboundLimiter } from "./inbound-limiter.ts";

/** Refuses what the filters name, both ways, and inbound connections over the limits. */
export function createGater(filters: CidrFilters, inbound: InboundLimiter): ConnectionGater {
  return {
    denyDialMultiaddr: (address) => filters.isBlocked(address),
    denyOutboundConnection: (_peer, { remoteAddr }) => filters.isBlocked(remoteAddr),
    denyInboundConnection: (connection) => {
      if (filters.isBlocked(connection.remoteAddr)) return true;
      const leave = inbound.enter(ipOf(connection.remoteAddr));
      if (leave === undefined) return true;
      connection.addEventListener("close", leave, { once: true });
      return false;
    },
    filterMultiaddrForPeer: (_peer, address) => !filters.isBlocked(address),
  };
}
