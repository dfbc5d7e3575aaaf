import type { ResourceProfile } from "../types.ts";

/** Bounds of one host. The reasons stand at the table's rows. */
export interface Limits {
  /** Inbound connections at once, unless the high water asks for more. One costs about 100 KB here, 0.5 MB in Kubo's reports. */
  readonly inboundConnectionsMax: number;
  /** Inbound connections of one address (IPv4) or one /56 (IPv6); loopback is free. As go-libp2p: 8, the dials a peer may have under way. */
  readonly perAddressConnectionsMax: number;
  /** Inbound connections that have not finished their handshake. Each costs a signature, 10 ms of a Pi's core. */
  readonly pendingHandshakesMax: number;
  /** Addresses dialled at once. Home routers have tables of 1,000 to 4,000 entries, which other programs need too. */
  readonly dialsMax: number;
  /** Public addresses dialled in a second, over time, and in one burst. Water marks do not help against bursts; this does. */
  readonly dialsPerSecond: number;
  readonly dialsBurst: number;
  /** Dials that wait for their turn; further ones fail at once. */
  readonly dialsQueuedMax: number;
  /** One peer with all its addresses, the wait for its turn included. */
  readonly dialTimeoutMs: number;
  /** One address: three SYNs of the system. */
  readonly addressDialTimeoutMs: number;
  /** Addresses tried of one peer. */
  readonly peerAddressesMax: number;
  /** How often a silent connection is asked whether it lives, and its latency measured. */
  readonly pingIntervalMs: number;
  /** Relays that hold a slot for us; Kubo has 2. */
  readonly relaysMax: number;
  /** Peers that may wait at us for connections through us. */
  readonly reservationsMax: number;
  /** Dials for AutoNAT of others, a minute; Kubo has 30. */
  readonly autonatDialsPerMinute: number;
}

const shared = {
  perAddressConnectionsMax: 8,
  dialsQueuedMax: 500,
  dialTimeoutMs: 15_000,
  addressDialTimeoutMs: 6_000,
  peerAddressesMax: 16,
  relaysMax: 2,
} as const;

export const limitsOf: Readonly<Record<ResourceProfile, Limits>> = {
  /** A Raspberry Pi behind a home router, 512 MiB to 1 GiB: quiet, and slow rather than dead. */
  pi: {
    ...shared,
    inboundConnectionsMax: 96,
    pendingHandshakesMax: 8,
    dialsMax: 16,
    dialsPerSecond: 8,
    dialsBurst: 24,
    dialTimeoutMs: 20_000,
    pingIntervalMs: 60_000,
    reservationsMax: 8,
    autonatDialsPerMinute: 6,
  },
  /** A desktop or a home server, several GiB. */
  default: {
    ...shared,
    inboundConnectionsMax: 512,
    pendingHandshakesMax: 32,
    dialsMax: 48,
    dialsPerSecond: 24,
    dialsBurst: 64,
    pingIntervalMs: 30_000,
    reservationsMax: 64,
    autonatDialsPerMinute: 30,
  },
  /** A machine in a data centre: no router in between. */
  server: {
    ...shared,
    perAddressConnectionsMax: 16,
    inboundConnectionsMax: 4_096,
    pendingHandshakesMax: 128,
    dialsMax: 160,
    dialsPerSecond: 200,
    dialsBurst: 400,
    pingIntervalMs: 30_000,
    reservationsMax: 128,
    autonatDialsPerMinute: 60,
  },
};
