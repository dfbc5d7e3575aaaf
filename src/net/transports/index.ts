import { memory } from "@libp2p/memory";
import { tcp } from "@libp2p/tcp";
import type { Libp2pInit } from "libp2p";

import { mendedWebSockets } from "./web-sockets.ts";

type Transports = NonNullable<Libp2pInit["transports"]>;

/** TCP, WebSocket over TCP, and inside of the process for tests. */
export function hostTransports(): Transports {
  return [tcp(), mendedWebSockets(), memory()];
}
