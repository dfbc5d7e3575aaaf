import type { Libp2p } from "@libp2p/interface";
import type { Libp2pInit } from "libp2p";

import type { Clock, Logger } from "#lib";

import type { Bandwidth, Host } from "../types.ts";

/** What the services need from outside. */
export interface ServiceSeams {
  readonly log: Logger;
  readonly clock: Clock;
  /** A number from 0 up to 1, for jitter. Default: the system's. */
  readonly random?: () => number;
}

/**
 * Parts of libp2p's configuration. Lists are added to the host's own; `listen` and `services` too. Everything else is
 * taken as it is.
 */
export interface ServicePieces {
  /** Addresses besides the configured ones (a relay's, when there is a relay client). */
  readonly listen: readonly string[];
  readonly transports: NonNullable<Libp2pInit["transports"]>;
  readonly peerDiscovery: NonNullable<Libp2pInit["peerDiscovery"]>;
  readonly services: NonNullable<Libp2pInit["services"]>;
  readonly nodeInfo: NonNullable<Libp2pInit["nodeInfo"]>;
  readonly connectionManager: NonNullable<Libp2pInit["connectionManager"]>;
  readonly connectionMonitor: NonNullable<Libp2pInit["connectionMonitor"]>;
  readonly connectionGater: NonNullable<Libp2pInit["connectionGater"]>;
  readonly transportManager: NonNullable<Libp2pInit["transportManager"]>;
}

/** Counts bytes. Whoever moves bytes on a stream tells it, once a piece; cheap enough for that. */
export interface Meter {
  /** The counter of one stream; keep it as long as the stream. */
  stream(peer: string, protocol: string): StreamMeter;
  read(of?: { readonly peer?: string; readonly protocol?: string }): Bandwidth;
}

export interface StreamMeter {
  received(bytes: number): void;
  sent(bytes: number): void;
}

/** What the host lends to the services once libp2p exists. */
export interface ServiceTools {
  /** Connects to a multiaddr that ends in /p2p/ID, or to an id. An open connection is enough. */
  connect(target: string, options: { readonly signal?: AbortSignal }): Promise<unknown>;
}

/** What of `Host` the services answer for. Disposing stops timers and listeners; before libp2p stops. */
export interface HostParts
  extends
    AsyncDisposable,
    Pick<
      Host,
      | "peering"
      | "pubsub"
      | "reachability"
      | "bandwidth"
      | "filters"
      | "resources"
      | "protect"
      | "unprotect"
    > {}

/**
 * Made before libp2p; `pieces` goes into its configuration, `attach` is called when it has started. `meter` is there from
 * the start.
 */
export interface HostServices {
  readonly pieces: ServicePieces;
  readonly meter: Meter;
  attach(libp2p: Libp2p, tools: ServiceTools): HostParts;
}
