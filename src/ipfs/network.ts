import type { Host } from "#net";

import type { Exchange } from "./exchange/types.ts";
import type { Routing } from "./routing/types.ts";

/** The node among others. It opens after the rest, so that answers from here need not wait for it. */
export interface Network {
  readonly host: Host;
  readonly exchange: Exchange;
  readonly routing: Routing;
}
