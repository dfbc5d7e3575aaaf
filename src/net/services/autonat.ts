import { autoNAT } from "@libp2p/autonat";

import type { Clock } from "#lib";

import { type Libp2pParts, withParts } from "./libp2p-parts.ts";

const minuteMs = 60_000;

/**
 * AutoNAT version 1: asks peers to dial our addresses, and dials theirs. libp2p's service takes the connection on which it
 * was asked for the answer, finds that it has another address, says "unreachable" and closes it; so it gets a connection
 * manager that dials anew, and only so often.
 */
export function createAutonat(
  limits: { readonly autonatDialsPerMinute: number },
  clock: Pick<Clock, "now">,
): (parts: Libp2pParts) => unknown {
  const create = autoNAT();
  return (parts) => {
    let minute = 0;
    let dials = 0;
    const openConnection: Libp2pParts["connectionManager"]["openConnection"] = async (
      target,
      options,
    ) => {
      const now = Math.floor(clock.now() / minuteMs);
      if (now !== minute) dials = 0;
      minute = now;
      dials += 1;
      if (dials > limits.autonatDialsPerMinute) throw new Error("too many dials, ask later");
      return parts.connectionManager.openConnection(target, { ...options, force: true });
    };
    const connectionManager = new Proxy(parts.connectionManager, {
      get: (target, key) => {
        if (key === "openConnection") return openConnection;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    return create(withParts(parts, { connectionManager }));
  };
}
