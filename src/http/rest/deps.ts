import type { Adder, Cluster } from "#cluster";
import type { Clock, Logger } from "#lib";

import type { Gate } from "../auth/index.ts";
import type { CorsOptions } from "../kernel/index.ts";

/** What an API of the cluster stands on: this one, and the pinning service. */
export interface ApiDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: RestConfig;
  /** Who may come in; without one everybody. */
  readonly gate?: Gate | undefined;
}

/** What the REST API stands on. */
export interface RestDeps extends ApiDeps {
  readonly adder: Adder;
}

export interface RestConfig {
  /** `headers` of the configuration: on every JSON answer. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly cors: CorsOptions;
}

/** IPFS Cluster's defaults. */
export const defaultRestConfig: RestConfig = {
  headers: {},
  cors: {
    allowedOrigins: ["*"],
    allowedMethods: ["GET"],
    allowedHeaders: [],
    exposedHeaders: ["Content-Type", "X-Stream-Output", "X-Chunked-Output", "X-Content-Length"],
    allowCredentials: true,
    maxAgeSeconds: 0,
  },
};
