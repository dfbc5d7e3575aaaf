import {
  circuitRelayServer,
  type CircuitRelayService,
  circuitRelayTransport,
  RELAY_V2_HOP_CODEC,
} from "@libp2p/circuit-relay-v2";
import type { Transport } from "@libp2p/interface";

import { type Libp2pParts, withParts } from "./libp2p-parts.ts";
import type { Limits } from "./limits.ts";

/** What one connection through our relay may cost, as Kubo's relay: two minutes, 128 KiB each way. */
const relayedMs = 120_000;
const relayedBytes = 131_072n;
/** How long a reservation lasts; as Kubo. */
const reservationMs = 3_600_000;

/**
 * Dials and answers through relays, and asks connected relays for a slot while `isWanted`. libp2p's own search for relays
 * dials every peer it hears of until it has one: it does not get to hear of any here.
 */
export function createRelayClient(isWanted: () => boolean): (parts: Libp2pParts) => Transport {
  const create = circuitRelayTransport({ maxInboundStopStreams: 32, maxOutboundStopStreams: 32 });
  return (parts) =>
    create(
      withParts(parts, {
        events: deafTo(parts.events, "peer:discovery"),
        // oxlint-disable-next-line eslint/require-yield -- a walk that meets nobody
        randomWalk: { async *walk() {} },
        registrar: whileWanted(parts.registrar, isWanted),
      }),
    );
}

/** Lets other peers meet at us; a slot is free again when its peer has gone. */
export function createRelayService(limits: Limits): (parts: Libp2pParts) => CircuitRelayService {
  const create = circuitRelayServer({
    maxInboundHopStreams: 32,
    maxOutboundHopStreams: 32,
    maxOutboundStopStreams: 32,
    hopTimeout: 30_000,
    reservations: {
      maxReservations: limits.reservationsMax,
      reservationTtl: reservationMs,
      defaultDurationLimit: relayedMs,
      defaultDataLimit: relayedBytes,
    },
  });
  return (parts) => {
    const service = create(parts);
    parts.events.addEventListener("peer:disconnect", ({ detail }) =>
      service.reservations.delete(detail),
    );
    return service;
  };
}

function deafTo(events: Libp2pParts["events"], deafType: string): Libp2pParts["events"] {
  return new Proxy(events, {
    get: (target, key) => {
      if (key === "addEventListener")
        return (...args: Parameters<typeof target.addEventListener>) => {
          if (args[0] !== deafType) target.addEventListener(...args);
        };
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function whileWanted(
  registrar: Libp2pParts["registrar"],
  isWanted: () => boolean,
): Libp2pParts["registrar"] {
  return new Proxy(registrar, {
    get: (target, key) => {
      if (key === "register")
        return (...[protocol, topology, options]: Parameters<typeof target.register>) =>
          target.register(
            protocol,
            protocol === RELAY_V2_HOP_CODEC
              ? {
                  ...topology,
                  onConnect: (peer, connection) =>
                    isWanted() ? topology.onConnect?.(peer, connection) : undefined,
                }
              : topology,
            options,
          );
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
