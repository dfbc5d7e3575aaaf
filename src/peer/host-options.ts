import { totalmem } from "node:os";

import type { DhtOptions, HostOptions, RecordValidator, ResourceProfile } from "#net";

import type { Settings } from "./config/settings.ts";
import type { Identity } from "./identity.ts";
import { programVersion } from "./program-version.ts";
import { expandBootstrap } from "./public-network.ts";

/** Below this a machine counts as small. */
const smallMemoryBytes = 2 * 2 ** 30;

/** The IPFS swarm's host, as the settings want it. */
export function ipfsHostOptions(
  { ipfs }: Settings,
  identity: Pick<Identity, "privateKey">,
  validators: readonly RecordValidator[],
): HostOptions {
  return {
    privateKey: identity.privateKey,
    listen: ipfs.swarm_listen_multiaddress,
    announce: ipfs.announce_addresses,
    agentVersion: agentVersion(),
    security: ["tls", "noise"],
    highWater: ipfs.connection_manager.high_water,
    lowWater: ipfs.connection_manager.low_water,
    profile: resourceProfile(ipfs.resource_profile),
    mdnsIntervalMs: ipfs.mdns_interval,
    bootstrap: expandBootstrap(ipfs.bootstrap),
    peering: ipfs.peering,
    relayClient: ipfs.nat.relay_client,
    relayService: ipfs.nat.relay_service,
    holePunching: ipfs.nat.hole_punching,
    upnp: ipfs.nat.upnp,
    autonat: ipfs.nat.autonat,
    pubsub: ipfs.pubsub,
    dht: dhtOptions(ipfs.routing.type, validators),
  };
}

/** What we call ourselves to others. */
export function agentVersion(): string {
  return `pinfold/${programVersion().version}`;
}

export function resourceProfile(wanted: Settings["ipfs"]["resource_profile"]): ResourceProfile {
  if (wanted !== "auto") return wanted;
  return totalmem() <= smallMemoryBytes ? "pi" : "default";
}

const dhtModes = { auto: "auto", dht: "auto", dhtclient: "client", dhtserver: "server" } as const;

function dhtOptions(
  type: Settings["ipfs"]["routing"]["type"],
  validators: readonly RecordValidator[],
): DhtOptions | undefined {
  if (type === "none" || type === "delegated") return undefined;
  return { mode: dhtModes[type], validators };
}
