import { formatDuration } from "#lib";

import { bool, type KuboCommand } from "../command.ts";
import { cleanText, type ConnectionInfo, type Host, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { type IdOutput, nobody, outputOfPeer } from "./peer-id.ts";

export const swarmPeers: KuboCommand = {
  path: "swarm/peers",
  options: [
    bool("verbose", "v"),
    bool("streams"),
    bool("latency"),
    bool("direction"),
    bool("identify"),
  ],
  run: runPeers,
};

/** Peers that are asked who they are at once. */
const identifiesMax = 16;

interface PeerLine {
  readonly Addr: string;
  readonly Peer: string;
  readonly Latency?: string | undefined;
  readonly Direction?: number | undefined;
  readonly Streams?: readonly { readonly Protocol: string }[] | undefined;
  readonly Identify: IdOutput;
}

async function runPeers(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request, "action");
  const shows = (name: string): boolean =>
    request.flag("verbose") === true || request.flag(name) === true;
  const connections = host.connections();
  const identities = shows("identify") ? await identify(host, connections, request) : undefined;
  const peers = connections
    .map((connection): PeerLine => {
      const { peer, address, direction, latencyMs, streams } = connection;
      return {
        Addr: address,
        Peer: peer,
        Latency: shows("latency") ? latencyText(latencyMs) : undefined,
        Direction: shows("direction") ? directionNumber(direction) : undefined,
        Streams: shows("streams") ? streamsOf(streams) : undefined,
        Identify: identities?.get(peer) ?? nobody,
      };
    })
    .toSorted((one, other) => compare(one.Addr, other.Addr));
  await output.single({ Peers: peers.length === 0 ? null : peers }, () =>
    peers.map(textOf).join(""),
  );
}

/** Who the peers are; those that do not say it are left with their id. */
async function identify(
  host: Host,
  connections: readonly ConnectionInfo[],
  { signal }: KuboRequest,
): Promise<ReadonlyMap<string, IdOutput>> {
  const found = new Map<string, IdOutput>();
  const waiting = new Set(connections.map(({ peer }) => peer)).values();
  const work = async (): Promise<void> => {
    for (const peer of waiting) {
      signal.throwIfAborted();
      const identity = await host.identify(peer, { signal }).catch(() => undefined);
      found.set(peer, identity === undefined ? { ...nobody, ID: peer } : outputOfPeer(identity));
    }
  };
  await Promise.all(Array.from({ length: identifiesMax }, work));
  return found;
}

/** As Go prints a time.Duration. */
function latencyText(ms: number | undefined): string {
  if (ms === undefined || ms === 0) return "n/a";
  return ms < 1 ? `${Number((ms * 1000).toFixed(3))}µs` : formatDuration(ms);
}

function directionNumber(direction: ConnectionInfo["direction"]): number {
  return direction === "inbound" ? 1 : 2;
}

function streamsOf(streams: ConnectionInfo["streams"]): PeerLine["Streams"] {
  const protocols = streams.map(({ protocol }) => cleanText(protocol)).toSorted(compare);
  return protocols.length === 0 ? undefined : protocols.map((Protocol) => ({ Protocol }));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function textOf({ Addr, Peer, Latency, Direction, Streams = [] }: PeerLine): string {
  const direction = Direction === undefined ? [] : [Direction === 1 ? "inbound" : "outbound"];
  const head = [`${Addr}/p2p/${Peer}`, ...(Latency === undefined ? [] : [Latency]), ...direction];
  const streams = Streams.map(({ Protocol }) => `  ${Protocol || "<no protocol name>"}\n`);
  return `${head.join(" ")}\n${streams.join("")}`;
}
