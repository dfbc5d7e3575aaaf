import { walkCids } from "#dag";
import { type CID, parseCid, parseContentPath } from "#model";

import { bool, type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import { knownAddresses, readPeerId, requireNetwork, routingFailure } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { eventType, EventWriter, type OwnText, peerJson } from "./routing-events.ts";
import { routingRecordCommands } from "./routing-records.ts";

const findProviders: KuboCommand = {
  path: "routing/findprovs",
  arguments: [{ name: "key", type: "text", isRequired: true, isVariadic: true }],
  options: [bool("verbose", "v"), { names: ["num-providers", "n"], type: "int", default: 20 }],
  run: runFindProviders,
};

const findPeer: KuboCommand = {
  path: "routing/findpeer",
  arguments: [{ name: "peerID", type: "text", isRequired: true, isVariadic: true }],
  options: [bool("verbose", "v")],
  run: runFindPeer,
};

const provide: KuboCommand = {
  path: "routing/provide",
  arguments: [pathArgument("key", true)],
  options: [bool("verbose", "v"), bool("recursive", "r")],
  run: runProvide,
};

const reprovide: KuboCommand = { path: "routing/reprovide", run: refuseReprovide };

export const routingCommands: readonly KuboCommand[] = [
  findProviders,
  findPeer,
  provide,
  reprovide,
  { ...reprovide, path: "bitswap/reprovide" },
  ...routingRecordCommands,
];

async function runFindProviders(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { routing } = await requireNetwork(request);
  const max = request.number("num-providers") ?? 20;
  if (max < 1) throw new CommandError("number of providers must be greater than 0");
  const cid = readCid(request.arguments[0] ?? "");
  const events = new EventWriter(request, output, providerText);
  const options = { max, signal: request.signal, onEvent: events.tell };
  try {
    for await (const provider of routing.findProviders(cid, options)) {
      const Responses = [peerJson(provider)];
      await events.emit({ Extra: "", ID: "", Responses, Type: eventType.provider });
    }
  } catch (cause) {
    request.signal.throwIfAborted();
    await events.fail(routingFailure(cause));
  }
}

const providerText: OwnText = ({ Type, ID, Responses }, isVerbose) => {
  if (Type === eventType.finalPeer) return isVerbose ? `* closest peer ${ID}\n` : "";
  if (Type !== eventType.provider) return undefined;
  return (Responses ?? [])
    .map(({ ID: id, Addrs }) => {
      const addresses = Addrs.map((address) => `\t${address}\n`).join("");
      return isVerbose ? `provider: ${id}\n${addresses}` : `${id}\n`;
    })
    .join("");
};

async function runFindPeer(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host, routing } = await requireNetwork(request);
  const peer = readPeerId(request.arguments[0] ?? "");
  if (peer === host.id) {
    throw new CommandError("finding your own node in the DHT is currently not supported");
  }
  const events = new EventWriter(request, output, foundText);
  const options = { signal: request.signal, onEvent: events.tell };
  try {
    const found = host.isConnected(peer)
      ? { peer, addresses: await knownAddresses(host, peer) }
      : await routing.findPeer(peer, options);
    const Responses = [peerJson(found)];
    await events.emit({ Extra: "", ID: "", Responses, Type: eventType.finalPeer });
  } catch (cause) {
    request.signal.throwIfAborted();
    const reason = routingFailure(cause);
    await events.fail(reason);
    throw new CommandError(reason, { cause });
  }
}

const foundText: OwnText = ({ Type, Responses }) =>
  Type === eventType.finalPeer
    ? (Responses ?? []).flatMap(({ Addrs }) => Addrs.map((address) => `${address}\n`)).join("")
    : undefined;

/** The roots at once, what is below them with the announcer's next turns. */
async function runProvide(request: KuboRequest): Promise<void> {
  const { host, routing } = await requireNetwork(request);
  const { signal } = request;
  if (host.connections().length === 0) {
    throw new CommandError("cannot provide, no connected peers");
  }
  const roots: CID[] = [];
  for (const argument of request.arguments) roots.push(await requireLocal(request, argument));
  for (const root of roots) {
    if (request.flag("recursive") === true) {
      const { localSource } = request.deps.ipfs;
      for await (const cid of walkCids(localSource, root, { signal, readRawLeaves: false })) {
        routing.announcer.enqueue(cid);
      }
    }
    try {
      await routing.provide(root, { signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw new CommandError(`error providing cid: ${routingFailure(cause)}`, { cause });
    }
  }
}

/** A CID that is told to others must be here. @throws {CommandError} */
export async function requireLocal(request: KuboRequest, argument: string): Promise<CID> {
  const cid = readCid(argument);
  if (await request.deps.ipfs.blocks.has(cid)) return cid;
  throw new CommandError(`block ${cid.toString()} not found locally, cannot provide`);
}

/** A CID, or a path that is one. @throws {CommandError | InvalidPathError} */
function readCid(argument: string): CID {
  try {
    return parseCid(argument);
  } catch {
    const { cid, segments } = parseContentPath(argument);
    if (cid === undefined)
      throw new CommandError(`path ${JSON.stringify(argument)} is not immutable`);
    if (segments.length === 0) return cid;
    const given = JSON.stringify(argument);
    throw new CommandError(`${given} points below a root CID, expected a single CID`);
  }
}

/** As Kubo with its sweeping provider, which is what the announcer is. */
async function refuseReprovide(request: KuboRequest): Promise<void> {
  await requireNetwork(request);
  throw new CommandError(
    "manual reprovide is not available with the sweep provider; set Provide.DHT.SweepEnabled=false to use the " +
      "legacy provider, or run 'ipfs provide stat --all' to monitor the sweep schedule",
  );
}
