import type { Clock } from "#lib";

import type { ExchangeBounds } from "../bounds.ts";
import type { Target } from "./target.ts";

export interface SchedulerDeps {
  readonly clock: Clock;
  readonly bounds: ExchangeBounds;
  /** Peers that are connected and speak bitswap. */
  targets(): Iterable<Target>;
  /** Whether all sessions together may ask for more. */
  hasRoom(): boolean;
}
