import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { Connection, IdentifyResult, Libp2p, PeerId } from "@libp2p/interface";

import { addressText } from "./host-addresses.ts";
import type { ConnectionInfo, KnownPeer, PeerIdentity, PeerWatcher } from "./types.ts";

export function connectionInfo(connection: Connection): ConnectionInfo {
  return {
    peer: connection.remotePeer.toString(),
    address: addressText(connection.remoteAddr, connection.remotePeer),
    direction: connection.direction,
    openedAt: connection.timeline.open,
    latencyMs: connection.rtt,
    muxer: connection.multiplexer ?? "",
    security: connection.encryption ?? "",
    isLimited: connection.limits !== undefined,
    streams: connection.streams.map(({ protocol, direction }) => ({ protocol, direction })),
  };
}

/** Peers with addresses that are not too old. */
export async function knownPeers(libp2p: Libp2p): Promise<readonly KnownPeer[]> {
  const peers = await libp2p.peerStore.all();
  return peers
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ id, addresses }) => ({
      peer: id.toString(),
      addresses: addresses.map(({ multiaddr }) => addressText(multiaddr, id)),
    }));
}

/** What is remembered of a peer that has identified itself; undefined before. */
export async function rememberedIdentity(
  libp2p: Libp2p,
  peer: PeerId,
): Promise<PeerIdentity | undefined> {
  if (!(await libp2p.peerStore.has(peer))) return undefined;
  const { id, addresses, metadata, protocols } = await libp2p.peerStore.get(peer);
  const agentVersion = metadata.get("AgentVersion");
  if (agentVersion === undefined) return undefined;
  return {
    id: peer.toString(),
    publicKey: id.publicKey && publicKeyToProtobuf(id.publicKey),
    addresses: addresses.map(({ multiaddr }) => addressText(multiaddr, id)),
    agentVersion: text(agentVersion),
    protocolVersion: text(metadata.get("ProtocolVersion")),
    protocols,
  };
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array(0));
}

/** Asks a peer who it is. */
export function askIdentity(
  libp2p: Libp2p,
  connection: Connection,
  options: { readonly signal?: AbortSignal },
): Promise<IdentifyResult> {
  const { identify } = libp2p.services;
  if (!canIdentify(identify)) throw new Error("the identify service is missing");
  return identify.identify(connection, options);
}

interface Identifier {
  identify(
    connection: Connection,
    options: { readonly signal?: AbortSignal },
  ): Promise<IdentifyResult>;
}

function canIdentify(service: unknown): service is Identifier {
  return typeof service === "object" && service !== null && "identify" in service;
}

/**
 * Tells a watcher of peers that speak one of the protocols, over a connection without limits. A peer's protocols are
 * known once it has identified itself or opened a stream for one.
 */
export async function watchPeers(
  libp2p: Libp2p,
  protocols: readonly string[],
  watcher: PeerWatcher,
): Promise<AsyncDisposable> {
  const present = new Set<string>();
  const look = (peer: PeerId, spoken: readonly string[]): void => {
    const id = peer.toString();
    const isWanted =
      protocols.some((protocol) => spoken.includes(protocol)) && isReachable(libp2p, peer);
    if (isWanted === present.has(id)) return;
    if (isWanted) {
      present.add(id);
      watcher.onConnect(id);
    } else leave(id);
  };
  const leave = (id: string): void => {
    if (present.delete(id)) watcher.onDisconnect(id);
  };
  const onUpdate = (event: { detail: { peer: { id: PeerId; protocols: string[] } } }): void =>
    look(event.detail.peer.id, event.detail.peer.protocols);
  const onIdentify = (event: { detail: { peerId: PeerId; protocols: string[] } }): void =>
    look(event.detail.peerId, event.detail.protocols);
  const onDisconnect = (event: { detail: PeerId }): void => leave(event.detail.toString());
  libp2p.addEventListener("peer:update", onUpdate);
  libp2p.addEventListener("peer:identify", onIdentify);
  libp2p.addEventListener("peer:disconnect", onDisconnect);
  for (const peer of libp2p.getPeers()) {
    if (await libp2p.peerStore.has(peer)) look(peer, (await libp2p.peerStore.get(peer)).protocols);
  }
  return {
    [Symbol.asyncDispose]: () => {
      libp2p.removeEventListener("peer:update", onUpdate);
      libp2p.removeEventListener("peer:identify", onIdentify);
      libp2p.removeEventListener("peer:disconnect", onDisconnect);
      present.clear();
      return Promise.resolve();
    },
  };
}

function isReachable(libp2p: Libp2p, peer: PeerId): boolean {
  return libp2p.getConnections(peer).some(({ limits }) => limits === undefined);
}
