import type { Host } from "#net";

import type { Handlers } from "./compose.ts";
import type { OpenSurface } from "./listeners.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";

/** Where an API can be reached over libp2p. */
export interface Libp2pDoor {
  readonly name: "rest" | "pinsvc";
  /** Multiaddrs with /p2p. */
  readonly addresses: readonly string[];
}

export interface Libp2pDoorDeps extends PeerSeams {
  readonly surfaces: readonly OpenSurface[];
  readonly handlers: Handlers;
  readonly clusterHost: Host | undefined;
}

/**
 * The APIs over libp2p (cluster 1.5): on a host of their own where the section has one. The Go program with raft serves REST
 * to its private network too, so a configuration that was made for raft does here.
 */
export async function openLibp2pDoors(
  { settings }: PeerConfig,
  deps: Libp2pDoorDeps,
  stack: AsyncDisposableStack,
): Promise<readonly Libp2pDoor[]> {
  const doors: Libp2pDoor[] = [];
  for (const name of ["rest", "pinsvc"] as const) {
    const api = name === "rest" ? settings.api.restapi : settings.api.pinsvcapi;
    const surface = deps.surfaces.find((open) => open.surface.name === name)?.surface;
    const handler = deps.handlers[name];
    if (api === undefined || surface === undefined || handler === undefined) continue;
    const hasOwn = api.libp2p_listen_multiaddress.length > 0;
    const isShared = name === "rest" && settings.consensus.raft !== undefined;
    const host = hasOwn || !isShared ? undefined : deps.clusterHost;
    if (!hasOwn && host === undefined) continue;
    const [{ serveOverLibp2p }, { withListenKey }] = await Promise.all([
      import("./libp2p-http.ts"),
      import("./with-listen-key.ts"),
    ]);
    const key = `api.${name === "rest" ? "restapi" : "pinsvcapi"}.libp2p_listen_multiaddress`;
    const serving = serveOverLibp2p({ api, surface, handler, host }, deps, stack);
    const addresses = await withListenKey(key, serving);
    doors.push({ name, addresses });
  }
  return doors;
}
