import { messageOf } from "#lib";

import { type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import { parsePeerAddress } from "../multiaddr-text.ts";
import {
  findAddresses,
  type Host,
  knownAddresses,
  readPeerId,
  requireNetwork,
  routingFailure,
  withDeadline,
} from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

export const ping: KuboCommand = {
  path: "ping",
  arguments: [pathArgument("peer ID", true)],
  options: [{ names: ["count", "n"], type: "int", default: 10 }],
  run: runPing,
};

const pingTimeoutMs = 10_000;
const pauseMs = 1000;

async function runPing(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const { peer, transport } = readTarget(request.arguments[0] ?? "");
  if (peer === host.id) throw new CommandError("error: can't ping self");
  if (transport !== "") await host.addAddresses(peer, [transport]);
  const count = request.number("count") ?? 10;
  if (count <= 0) throw new CommandError(`ping count must be greater than 0, was ${count}`);
  await lookUp(request, output, peer);
  await say(output, `PING ${peer}.`);
  const times = await pingAll(request, output, { host, peer, count });
  if (times.length === 0) throw new CommandError("ping failed");
  const average = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  await say(output, `Average latency: ${average.toFixed(2)}ms`);
}

function readTarget(text: string): { readonly peer: string; readonly transport: string } {
  try {
    if (!text.startsWith("/")) return { peer: readPeerId(text), transport: "" };
    const { peer, transport } = parsePeerAddress(text);
    if (peer === undefined) throw new CommandError("invalid p2p multiaddr");
    return { peer, transport };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new CommandError(`failed to parse peer address '${text}': ${reason}`, { cause });
  }
}

async function lookUp(request: KuboRequest, output: KuboOutput, peer: string): Promise<void> {
  const network = await requireNetwork(request);
  const { host } = network;
  if (host.isConnected(peer) || (await knownAddresses(host, peer)).length > 0) return;
  await say(output, `Looking up peer ${peer}`);
  try {
    await withDeadline(request, pingTimeoutMs, (signal) => findAddresses(network, peer, signal));
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new CommandError(`peer lookup failed: ${routingFailure(cause)}`, { cause });
  }
}

/** A failure is told as it happens; without a connection the rest would fail in the same way. */
async function pingAll(
  request: KuboRequest,
  output: KuboOutput,
  target: { readonly host: Host; readonly peer: string; readonly count: number },
): Promise<readonly number[]> {
  const { host, peer, count } = target;
  const times: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    if (sent > 0) await request.deps.clock.sleep(pauseMs, request.signal);
    try {
      const ms = await withDeadline(request, pingTimeoutMs, (signal) =>
        host.ping(peer, { signal }),
      );
      times.push(ms);
      const value = { Success: true, Time: Math.round(ms * 1e6), Text: "" };
      await output.emit(value, () => `Pong received: time=${ms.toFixed(2)} ms\n`);
    } catch (cause) {
      request.signal.throwIfAborted();
      const text = `Ping error: ${messageOf(cause)}`;
      await output.emit({ Success: false, Time: 0, Text: text }, () => `${text}\n`);
      if (!host.isConnected(peer)) break;
    }
  }
  return times;
}

async function say(output: KuboOutput, text: string): Promise<void> {
  await output.emit({ Success: true, Time: 0, Text: text }, () => `${text}\n`);
}
