import type { HostOptions } from "./types.ts";

/** Options of a host that looks for nobody and does nothing for others. What it does all the same is laid over them. */
export const quietHost = {
  announce: [],
  mdnsIntervalMs: 0,
  bootstrap: [],
  peering: [],
  relayClient: false,
  relayService: false,
  holePunching: false,
  upnp: false,
  autonat: false,
  pubsub: false,
} as const satisfies Partial<HostOptions>;
