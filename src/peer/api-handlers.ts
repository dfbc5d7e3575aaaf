import type { Adder, Cluster } from "#cluster";
import { pinningHandler, type RestConfig, restHandler } from "#http";
import { named } from "#lib";

import type { Handlers } from "./compose.ts";
import type { Settings } from "./config/settings.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import type { ApiGates } from "./users/api-gates.ts";

export interface ApiDeps extends PeerSeams {
  readonly cluster: Cluster;
  readonly adder: Adder;
  readonly gates: ApiGates;
}

/** What answers at the surfaces above the cluster. The pinning service is made only when its section is there. */
export function apiHandlers({ settings }: PeerConfig, deps: ApiDeps): Handlers {
  const { cluster, adder, clock, logger, gates } = deps;
  const { restapi, pinsvcapi } = settings.api;
  return {
    rest: restHandler({
      cluster,
      clock,
      logger: named(logger, "restapi"),
      adder,
      config: httpConfig(restapi),
      gate: gates.rest(restapi),
    }),
    ...(pinsvcapi && {
      pinsvc: pinningHandler({
        cluster,
        clock,
        logger: named(logger, "pinsvcapi"),
        config: httpConfig(pinsvcapi),
        gate: gates.pinningService(pinsvcapi),
      }),
    }),
  };
}

type HttpApi = Settings["api"]["restapi"];

function httpConfig(api: HttpApi): RestConfig {
  return {
    headers: api?.headers ?? {},
    cors: {
      allowedOrigins: api?.cors_allowed_origins ?? [],
      allowedMethods: api?.cors_allowed_methods ?? [],
      allowedHeaders: api?.cors_allowed_headers ?? [],
      exposedHeaders: api?.cors_exposed_headers ?? [],
      allowCredentials: api?.cors_allow_credentials ?? false,
      maxAgeSeconds: (api?.cors_max_age ?? 0) / 1000,
    },
  };
}
