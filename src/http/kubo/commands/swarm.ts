import type { Network } from "#ipfs";
import { messageOf } from "#lib";

import { type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import { parsePeerAddress } from "../multiaddr-text.ts";
import { findAddresses, offlineText, requireNetwork, routingFailure } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { swarmAddressCommands } from "./swarm-addrs.ts";
import { swarmFilterCommands } from "./swarm-filters.ts";
import { swarmPeeringCommands } from "./swarm-peering.ts";
import { swarmPeers } from "./swarm-peers.ts";
import { swarmResources } from "./swarm-resources.ts";
import { listOf } from "./swarm-text.ts";

const connect: KuboCommand = {
  path: "swarm/connect",
  arguments: [pathArgument("address", true)],
  run: runConnect,
};

const disconnect: KuboCommand = {
  path: "swarm/disconnect",
  arguments: [pathArgument("address", true)],
  run: runDisconnect,
};

export const swarmCommands: readonly KuboCommand[] = [
  connect,
  disconnect,
  swarmPeers,
  swarmResources,
  ...swarmAddressCommands,
  ...swarmFilterCommands,
  ...swarmPeeringCommands,
];

async function runConnect(request: KuboRequest, output: KuboOutput): Promise<void> {
  const targets = targetsOf(request);
  const lines: string[] = [];
  for (const target of targets) {
    const line = `connect ${target.peer}`;
    try {
      await connectTo(await requireNetwork(request, "action"), target, request.signal);
    } catch (cause) {
      throw new CommandError(`${line} failure: ${routingFailure(cause)}`, { cause });
    }
    lines.push(`${line} success`);
  }
  await output.single(...listOf(lines));
}

async function connectTo(
  network: Network,
  { peer, transports }: Target,
  signal: AbortSignal,
): Promise<void> {
  const { host } = network;
  if (peer === host.id) throw new CommandError("failed to dial: dial to self attempted");
  const [first, ...others] = transports;
  if (first !== undefined && others.length === 0) {
    await host.connect(`${first}/p2p/${peer}`, { signal });
    return;
  }
  if (first === undefined) await findAddresses(network, peer, signal);
  else await host.addAddresses(peer, transports);
  await host.connect(peer, { signal });
}

/** A line for every address, as Kubo; failures are told in them. */
async function runDisconnect(request: KuboRequest, output: KuboOutput): Promise<void> {
  const lines: string[] = [];
  for (const { peer, transports } of targetsOf(request)) {
    for (const transport of transports.length === 0 ? [""] : transports) {
      const failure = await disconnectFrom(request, peer, transport);
      lines.push(`disconnect ${peer} ${failure === undefined ? "success" : `failure: ${failure}`}`);
    }
  }
  await output.single(...listOf(lines));
}

/** Why not, or undefined. */
async function disconnectFrom(
  request: KuboRequest,
  peer: string,
  transport: string,
): Promise<string | undefined> {
  const { signal } = request;
  try {
    const { host } = await requireNetwork(request, "action");
    const target = transport === "" ? peer : `${transport}/p2p/${peer}`;
    if (await host.disconnect(target, { signal })) return undefined;
    return transport === "" ? "not connected" : "conn not found";
  } catch (cause) {
    signal.throwIfAborted();
    return cause instanceof CommandError ? offlineText.action : messageOf(cause);
  }
}

interface Target {
  readonly peer: string;
  readonly transports: readonly string[];
}

/** The addresses by their peers, in the order in which these come first. */
function targetsOf(request: KuboRequest): readonly Target[] {
  const targets = new Map<string, string[]>();
  for (const text of request.arguments) {
    const { peer, transport } = parsePeerAddress(text);
    if (peer === undefined) throw new CommandError(`found no ipfs peers at ${transport}`);
    const transports = targets.get(peer) ?? [];
    targets.set(peer, transports);
    if (transport !== "") transports.push(transport);
  }
  return Array.from(targets, ([peer, transports]) => ({ peer, transports }));
}
