import { memory } from "@libp2p/memory";
import type { Libp2pInit } from "libp2p";

import { mendedTcp } from "./tcp.ts";
import { mendedWebSockets } from "./web-sockets.ts";

type Transports = NonNullable<Libp2pInit["transports"]>;

/** TCP, WebSocket over TCP, and inside of the process for tests. */
export function hostTransports(): Transports {
  return [mendedTcp(), mendedWebSockets(), memory()];
}
