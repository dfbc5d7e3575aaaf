import type { Cluster } from "#cluster";
import type { Clock, Logger } from "#lib";

import type { Gate } from "../auth/index.ts";
import type { CorsOptions } from "../kernel/index.ts";

/** What the pinning service stands on. */
export interface PinningDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: PinningConfig;
  /** Who may come in; without one everybody. */
  readonly gate?: Gate | undefined;
}

export interface PinningConfig {
  /** `headers` of the configuration: on every JSON answer. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly cors: CorsOptions;
}
