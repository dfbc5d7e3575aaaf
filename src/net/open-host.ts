import type { Datastore } from "interface-datastore";

import type { Clock, Logger } from "#lib";

import type { Host, HostOptions } from "./types.ts";

export interface HostDeps {
  /** For what is learnt about peers, so that a restart finds them again. */
  readonly datastore: Datastore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 up to 1. */
  readonly random?: (() => number) | undefined;
  /** How long a connection's handshake may take. Default 10 s. */
  readonly handshakeMs?: number | undefined;
}

/**
 * A host that listens. libp2p is loaded by the first call, so that a program that opens its other listeners first answers
 * there before.
 * @throws {InvalidAddressError} {InvalidPresharedKeyError} {ListenError}
 */
export async function openHost(deps: HostDeps, options: HostOptions): Promise<Host> {
  const { startHost } = await import("./host-start.ts");
  return startHost(deps, options);
}
