import { resolve } from "node:path";

import { apiSurface, httpLimits } from "./api-surface.ts";
import type { Settings } from "./config/settings.ts";
import type { Surface } from "./listeners.ts";
import type { PeerConfig } from "./peer.ts";

/** The listeners that the configuration asks for. A section that is missing has none. */
export function surfacesOf({ settings, folder }: PeerConfig): readonly Surface[] {
  const { restapi, pinsvcapi, ipfsproxy } = settings.api;
  const surfaces = isNodeElsewhere(settings) ? [] : nodeSurfaces(settings);
  if (restapi !== undefined) {
    const about = { name: "rest", title: "REST API", section: "api.restapi" } as const;
    surfaces.push(apiSurface(about, restapi, folder.path));
  }
  if (pinsvcapi !== undefined) {
    const about = { name: "pinsvc", title: "pinning service", section: "api.pinsvcapi" } as const;
    surfaces.push(apiSurface(about, pinsvcapi, folder.path));
  }
  if (ipfsproxy !== undefined) surfaces.push(proxySurface(ipfsproxy, folder.path));
  const { metrics } = settings.observations;
  if (metrics.enable_stats) surfaces.push(metricsSurface(metrics));
  return surfaces;
}

/** Whether an IPFS node elsewhere is used; then none is opened here. */
export function isNodeElsewhere({ ipfs_connector: connectors }: Settings): boolean {
  return connectors.ipfshttp !== undefined;
}

function nodeSurfaces(settings: Settings): Surface[] {
  return [
    {
      name: "rpc",
      title: "Kubo RPC",
      configKey: "ipfs.rpc_listen_multiaddress",
      addresses: settings.ipfs.rpc_listen_multiaddress,
    },
    {
      name: "gateway",
      title: "gateway",
      configKey: "gateway.listen_multiaddress",
      addresses: settings.gateway.listen_multiaddress,
    },
  ];
}

function proxySurface(
  proxy: NonNullable<Settings["api"]["ipfsproxy"]>,
  folderPath: string,
): Surface {
  const { log_file: log } = proxy;
  return {
    name: "proxy",
    title: "IPFS proxy",
    configKey: "api.ipfsproxy.listen_multiaddress",
    addresses: proxy.listen_multiaddress,
    limits: httpLimits(proxy),
    accessLog: { path: log === "" ? undefined : resolve(folderPath, log) },
  };
}

function metricsSurface(metrics: Settings["observations"]["metrics"]): Surface {
  return {
    name: "metrics",
    title: "metrics",
    configKey: "observations.metrics.prometheus_endpoint",
    addresses: metrics.prometheus_endpoint,
  };
}
