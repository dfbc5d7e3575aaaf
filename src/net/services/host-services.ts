import { dcutr } from "@libp2p/dcutr";
import type { GossipSub } from "@libp2p/gossipsub";
import { identify, identifyPush } from "@libp2p/identify";
import { FaultTolerance, type Libp2p } from "@libp2p/interface";
import { ping } from "@libp2p/ping";
import { uPnPNAT } from "@libp2p/upnp-nat";
import { isPrivate } from "@libp2p/utils";

import type { HostOptions } from "../types.ts";
import { attachServices } from "./attach.ts";
import { createAutonat } from "./autonat.ts";
import type { HostServices, ServicePieces, ServiceSeams } from "./contract.ts";
import { DialPacer } from "./dial-pacer.ts";
import { CidrFilters } from "./filters.ts";
import { createGater } from "./gater.ts";
import { InboundLimiter } from "./inbound-limiter.ts";
import { LanDiscovery } from "./lan-discovery.ts";
import type { Libp2pParts } from "./libp2p-parts.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { createMeter } from "./meter.ts";
import { createGossip } from "./pubsub.ts";
import { ReachabilityWatch } from "./reachability.ts";
import { createRelayClient, createRelayService } from "./relay.ts";

/** What is made with libp2p and used after it has started. */
export interface Made {
  readonly limits: Limits;
  readonly filters: CidrFilters;
  readonly inbound: InboundLimiter;
  readonly pacer: DialPacer;
  readonly lan: LanDiscovery;
  parts: Libp2pParts | undefined;
  reachability: ReachabilityWatch | undefined;
  gossip: GossipSub | undefined;
}

/** Identify, ping, discovery, relays, NAT, pubsub, and the limits of connections. */
export function hostServices(options: HostOptions, seams: ServiceSeams): HostServices {
  const limits = limitsFor(options);
  const made: Made = {
    limits,
    filters: new CidrFilters(),
    inbound: new InboundLimiter(limits, seams.clock),
    pacer: new DialPacer(limits, seams.clock),
    lan: new LanDiscovery(seams.log, seams.clock),
    parts: undefined,
    reachability: undefined,
    gossip: undefined,
  };
  const meter = createMeter(seams.clock);
  return {
    pieces: piecesOf(options, seams, made),
    meter,
    attach: (libp2p: Libp2p, tools) =>
      attachServices({ options, seams, made, meter, libp2p, tools }),
  };
}

/** Whoever wants many connections gets room for twice as many; as Kubo. */
function limitsFor({ profile, highWater }: HostOptions): Limits {
  const limits = limitsOf[profile];
  const inboundConnectionsMax = Math.max(limits.inboundConnectionsMax, 2 * highWater);
  return { ...limits, inboundConnectionsMax };
}

function piecesOf(options: HostOptions, seams: ServiceSeams, made: Made): ServicePieces {
  const { limits } = made;
  const isRelayWanted = (): boolean => made.reachability?.read().status !== "public";
  return {
    listen: options.relayClient
      ? Array.from({ length: limits.relaysMax }, () => "/p2p-circuit")
      : [],
    transports: options.relayClient ? [createRelayClient(isRelayWanted)] : [],
    peerDiscovery:
      options.mdnsIntervalMs > 0
        ? [
            made.lan.factory({
              intervalMs: options.mdnsIntervalMs,
              service: options.mdnsService,
            }),
          ]
        : [],
    services: servicesOf(options, seams, made),
    nodeInfo: nodeInfoOf(options.agentVersion),
    connectionManager: {
      // The gater counts; libp2p would close connections of protected peers.
      maxConnections: Number.MAX_SAFE_INTEGER,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      maxIncomingPendingConnections: limits.pendingHandshakesMax,
      // A dial through a relay holds one place while the relay is dialled in another: more places than the pacer has.
      maxParallelDials: 4 * limits.dialsMax,
      maxDialQueueLength: limits.dialsQueuedMax,
      maxPeerAddrsToDial: limits.peerAddressesMax,
      dialTimeout: limits.dialTimeoutMs,
      addressDialTimeout: limits.addressDialTimeoutMs,
      // Keeping peers connected is done by `peering`.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      pingInterval: limits.pingIntervalMs,
      // A loaded Pi may take long to answer; a dead connection takes longer.
      pingTimeout: { minTimeout: 20_000 },
    },
    connectionGater: createGater(made.filters, made.inbound),
    // A port in use must not keep the others from working; the host tells what it listens on.
    transportManager: { faultTolerance: FaultTolerance.FATAL_ALL },
  };
}

function servicesOf(
  options: HostOptions,
  seams: ServiceSeams,
  made: Made,
): ServicePieces["services"] {
  return {
    // One question may be under way for libp2p when `Host.identify` asks another.
    identify: identify({ timeout: 10_000, maxInboundStreams: 8, maxOutboundStreams: 8 }),
    identifyPush: identifyPush({ timeout: 10_000, maxInboundStreams: 8, maxOutboundStreams: 8 }),
    ping: ping({ maxInboundStreams: 4, maxOutboundStreams: 4, timeout: 10_000 }),
    watch: (parts: Libp2pParts) => {
      made.parts = parts;
      paceDials(parts, made.pacer);
      made.reachability = new ReachabilityWatch(parts, seams.clock);
      return made.reachability;
    },
    ...(options.autonat ? { autonat: createAutonat(made.limits, seams.clock) } : {}),
    ...(options.relayService ? { relay: createRelayService(made.limits) } : {}),
    ...(options.holePunching && options.relayClient ? { dcutr: dcutr() } : {}),
    ...(options.upnp ? { upnp: uPnPNAT({ autoConfirmAddress: !options.autonat }) } : {}),
    ...(options.pubsub
      ? {
          pubsub: (parts: Libp2pParts) => {
            made.gossip = createGossip()(parts);
            return made.gossip;
          },
        }
      : {}),
  };
}

function nodeInfoOf(agentVersion: string): ServicePieces["nodeInfo"] {
  const [name = "pinfold", version = "0"] = agentVersion.split("/");
  return { name, version, userAgent: agentVersion };
}

/** Every dial of a transport waits for its turn; those through a relay open no connection of their own. */
function paceDials({ transportManager }: Libp2pParts, pacer: DialPacer): void {
  const dial = transportManager.dial.bind(transportManager);
  transportManager.dial = (address, dialOptions) =>
    address.toString().includes("/p2p-circuit")
      ? dial(address, dialOptions)
      : pacer.run(
          isPrivate(address) || address.toString().startsWith("/memory"),
          dialOptions?.signal,
          () => dial(address, dialOptions),
        );
}
