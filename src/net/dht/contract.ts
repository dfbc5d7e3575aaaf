import type { Libp2p } from "@libp2p/interface";
import type { Libp2pInit } from "libp2p";

import type { Clock, Logger } from "#lib";

import type { Dht, ResourceProfile } from "../types.ts";

/** What the DHT asks of the host that it lives in. */
export interface DhtSeams {
  readonly clock: Clock;
  readonly log: Logger;
  readonly profile: ResourceProfile;
  /** `n` random bytes, for the keys of refreshes. */
  readonly randomBytes: (n: number) => Uint8Array;
}

/** A DHT in two steps, as libp2p wants it: services for its options, and the `Dht` when libp2p stands. */
export interface DhtServices {
  /** For `services` of `createLibp2p`; identify must be beside them. */
  readonly services: NonNullable<Libp2pInit["services"]>;
  /** Once, before or after libp2p has started. */
  attach(libp2p: Libp2p): AttachedDht;
}

/** The handle that the host keeps; dispose it before libp2p stops. */
export interface AttachedDht extends Dht, AsyncDisposable {}
