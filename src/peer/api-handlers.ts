import type { Adder, Cluster, IpfsConnector } from "#cluster";
import { type RestConfig, restHandler } from "#http";

import type { Handlers } from "./compose.ts";
import type { Settings } from "./config/settings.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import type { ApiGates } from "./users/api-gates.ts";

export interface ApiDeps extends PeerSeams {
  readonly cluster: Cluster;
  readonly adder: Adder;
  readonly connector: IpfsConnector;
  readonly gates: ApiGates;
}

/**
 * What answers at the surfaces above the cluster. Of those whose section is missing nothing is made, and nothing loaded:
 * a surface that few have is imported here, when its section is there.
 */
export async function apiHandlers({ settings }: PeerConfig, deps: ApiDeps): Promise<Handlers> {
  const { cluster, adder, clock, logger, gates } = deps;
  const { restapi } = settings.api;
  const gate = gates.rest(restapi);
  return {
    rest: restHandler({ cluster, adder, clock, logger, config: restConfig(restapi), gate }),
  };
}

function restConfig(restapi: Settings["api"]["restapi"]): RestConfig {
  return {
    headers: restapi?.headers ?? {},
    cors: {
      allowedOrigins: restapi?.cors_allowed_origins ?? [],
      allowedMethods: restapi?.cors_allowed_methods ?? [],
      allowedHeaders: restapi?.cors_allowed_headers ?? [],
      exposedHeaders: restapi?.cors_exposed_headers ?? [],
      allowCredentials: restapi?.cors_allow_credentials ?? false,
      maxAgeSeconds: (restapi?.cors_max_age ?? 0) / 1000,
    },
  };
}
