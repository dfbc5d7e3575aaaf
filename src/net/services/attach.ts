import type { Libp2p, PeerId } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";

import type { HostOptions, PubSub, Reachability } from "../types.ts";
import { startBootstrap } from "./bootstrap.ts";
import type { HostParts, Meter, ServiceSeams, ServiceTools } from "./contract.ts";
import type { Made } from "./host-services.ts";
import { groupByPeer, KeptPeers } from "./peering.ts";
import { ProtectedPeers } from "./protected-peers.ts";
import { openPubSub } from "./pubsub.ts";
import { startTrimmer } from "./trimmer.ts";

interface Attachment {
  readonly options: HostOptions;
  readonly seams: ServiceSeams;
  readonly made: Made;
  readonly meter: Meter;
  readonly libp2p: Libp2p;
  readonly tools: ServiceTools;
}

const peeringTag = "peering";
const unknownReachability: Reachability = {
  status: "unknown",
  reachable: [],
  unreachable: [],
  unknown: [],
};

/** Starts what works on a running libp2p, and gives the parts of `Host` that it answers for. */
export function attachServices(attachment: Attachment): HostParts {
  const { options, seams, made, meter, libp2p, tools } = attachment;
  const { log, clock, random = chance } = seams;
  const stack = new DisposableStack();
  const protectedPeers = new ProtectedPeers();
  stack.use(
    startTrimmer({ libp2p, isProtected: (peer) => protectedPeers.has(peer), clock, log }, options),
  );
  const peering = stack.use(openPeering(attachment, protectedPeers));
  const connect = (target: string, signal: AbortSignal): Promise<unknown> =>
    tools.connect(target, { signal });
  const connectedPeers = (): number => libp2p.getPeers().length;
  stack.use(startBootstrap({ connect, connectedPeers, clock, random, log }, options.bootstrap));
  stack
    .use(made.lan)
    .start((peer, signal) =>
      libp2p.dial(withPeer(peer.id, peer.multiaddrs.map(String)), { signal }),
    );
  if (made.reachability !== undefined) stack.use(made.reachability);
  const pubsub: (PubSub & Disposable) | undefined =
    made.gossip === undefined ? undefined : stack.use(openPubSub(made.gossip));
  return {
    peering,
    pubsub,
    reachability: () => made.reachability?.read() ?? unknownReachability,
    bandwidth: (of) => meter.read(of),
    filters: {
      add: (filter) => {
        made.filters.add(filter);
        closeBlocked(libp2p, made);
      },
      remove: (filter) => made.filters.remove(filter),
      list: () => made.filters.list(),
    },
    resources: () => resourcesOf(attachment, protectedPeers),
    protect: (peer, tag) => protectedPeers.protect(peer, tag),
    unprotect: (peer, tag) => protectedPeers.unprotect(peer, tag),
    [Symbol.asyncDispose]: async () => stack.dispose(),
  };
}

function openPeering(
  { options, seams, libp2p, tools }: Attachment,
  protectedPeers: ProtectedPeers,
): KeptPeers {
  const { log, clock, random = chance } = seams;
  const peerOf = (id: string): PeerId | undefined =>
    libp2p.getPeers().find((peer) => peer.toString() === id);
  const kept = new KeptPeers({
    connect: (peer, addresses, signal) =>
      addresses.length === 0
        ? tools.connect(peer, { signal })
        : libp2p.dial(
            addresses.map((address) => multiaddr(`${address}/p2p/${peer}`)),
            { signal },
          ),
    isConnected: (peer) => peerOf(peer) !== undefined,
    onceDisconnected: (peer, callback) => {
      const onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
        if (detail.toString() === peer) callback();
      };
      libp2p.addEventListener("peer:disconnect", onDisconnect);
      return () => libp2p.removeEventListener("peer:disconnect", onDisconnect);
    },
    protect: (peer) => protectedPeers.protect(peer, peeringTag),
    unprotect: (peer) => protectedPeers.unprotect(peer, peeringTag),
    clock,
    random,
    log,
  });
  for (const [peer, addresses] of groupByPeer(options.peering)) kept.add(peer, addresses);
  return kept;
}

function withPeer(peer: PeerId, addresses: readonly string[]): ReturnType<typeof multiaddr>[] {
  return addresses.map((address) => multiaddr(`${address}/p2p/${peer.toString()}`));
}

/** A filter holds for connections that exist, too. */
function closeBlocked(libp2p: Libp2p, made: Made): void {
  for (const connection of libp2p.getConnections())
    if (made.filters.isBlocked(connection.remoteAddr))
      connection.abort(new Error("the address is filtered"));
}

function resourcesOf(
  { options, made, libp2p }: Attachment,
  protectedPeers: ProtectedPeers,
): ReturnType<HostParts["resources"]> {
  const { limits, inbound, pacer, filters } = made;
  const connections = libp2p.getConnections();
  const streams = connections.flatMap((connection) => connection.streams);
  const streamsMax = 1_000 * Math.max(1, connections.length);
  return {
    connections: { used: connections.length, max: options.highWater },
    inboundConnections: { used: inbound.connections, max: limits.inboundConnectionsMax },
    inboundStreams: { used: streams.filter(isInbound).length, max: streamsMax },
    outboundStreams: {
      used: streams.filter((stream) => !isInbound(stream)).length,
      max: streamsMax,
    },
    dials: { used: pacer.running, max: limits.dialsMax },
    dialsQueued: { used: pacer.waiting, max: limits.dialsQueuedMax },
    filters: { used: filters.list().length, max: 4_096 },
    protectedPeers: { used: protectedPeers.size, max: Number.MAX_SAFE_INTEGER },
  };
}

function isInbound({ direction }: { readonly direction: "inbound" | "outbound" }): boolean {
  return direction === "inbound";
}

function chance(): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value / 2 ** 32;
}
