import { decode as decodeDigest } from "multiformats/hashes/digest";

import { multihash, peerIdBytes } from "#model";

import { type KuboCommand, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import {
  cleanText,
  findAddresses,
  findNetwork,
  isOffline,
  knownAddresses,
  type PeerIdentity,
  readPeerId,
  routingFailure,
} from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import { createPeerIdEncoder } from "../peer-id-encoder.ts";
import type { KuboRequest } from "../request.ts";

/** `id`: of this node, or of another that is connected to for it. */
export const peerId: KuboCommand = {
  path: "id",
  arguments: [{ name: "peerid", type: "text" }],
  options: [text("format", "f"), { names: ["peerid-base"], type: "string", default: "b58mh" }],
  run: runId,
};

/** Kubo's IdOutput. */
export interface IdOutput {
  readonly ID: string;
  readonly PublicKey: string;
  readonly Addresses: readonly string[] | null;
  readonly AgentVersion: string;
  readonly Protocols: readonly string[] | null;
}

export const nobody: IdOutput = {
  ID: "",
  PublicKey: "",
  Addresses: null,
  AgentVersion: "",
  Protocols: null,
};

/** What identify told, fit for a terminal. */
export function outputOfPeer(identity: PeerIdentity): IdOutput {
  const { id, publicKey, addresses, agentVersion, protocols } = identity;
  const suffix = `/p2p/${id}`;
  const whole = addresses.map((address) => (address.endsWith(suffix) ? address : address + suffix));
  return {
    ID: id,
    PublicKey: base64(publicKey ?? inlineKey(id)),
    Addresses: whole.length === 0 ? [suffix] : whole.toSorted(),
    AgentVersion: cleanText(agentVersion),
    Protocols: orNull(protocols.map(cleanText)),
  };
}

async function runId(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = createPeerIdEncoder(request.text("peerid-base") ?? "b58mh");
  const { id: own } = request.deps.ipfs.identity;
  const [wanted] = request.arguments;
  const peer = wanted === undefined ? own : readWanted(wanted);
  const found = peer === own ? outputOfSelf(request) : await outputOfOther(request, peer);
  const value = { ...found, ID: encode(peer) };
  await output.single(value, () => {
    const format = request.text("format");
    return format === undefined
      ? `${JSON.stringify(value, undefined, "\t")}\n\n`
      : fill(format, value);
  });
}

function readWanted(argument: string): string {
  try {
    return readPeerId(argument);
  } catch (cause) {
    throw new CommandError("invalid peer id", { cause });
  }
}

function outputOfSelf(request: KuboRequest): IdOutput {
  const { id, publicKey } = request.deps.ipfs.identity;
  // not waited for: whoever asks while the swarm opens is answered at once, without addresses
  const host = request.deps.ipfs.networkNow?.host;
  return {
    ID: id,
    PublicKey: base64(publicKey),
    Addresses: orNull(host?.addresses() ?? []),
    AgentVersion: `kubo/${request.options.version}`,
    Protocols: orNull(host?.protocols() ?? []),
  };
}

async function outputOfOther(request: KuboRequest, peer: string): Promise<IdOutput> {
  const network = await findNetwork(request);
  if (isOffline(request)) {
    const addresses = network === undefined ? [] : await knownAddresses(network.host, peer);
    return outputOfPeer({ ...unidentified, id: peer, addresses });
  }
  if (network === undefined) throw new CommandError(unreachable);
  const { host } = network;
  const { signal } = request;
  try {
    await findAddresses(network, peer, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const isAlone = host.connections().length === 0;
    throw new CommandError(isAlone ? unreachable : routingFailure(cause), { cause });
  }
  return outputOfPeer(await host.identify(peer, { signal }));
}

const unidentified = {
  publicKey: undefined,
  agentVersion: "",
  protocolVersion: "",
  protocols: [],
} as const;

/** What Kubo says when it has nobody to ask for the peer's addresses. */
const unreachable =
  "'ipfs id' cannot query information on remote peers without a running daemon; " +
  "if you only want to convert --peerid-base, pass --offline option";

/** The key that is in the id itself. */
function inlineKey(peer: string): Uint8Array | undefined {
  const { code, digest } = decodeDigest(peerIdBytes(peer));
  return code === multihash.identity ? digest : undefined;
}

function base64(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64");
}

function orNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list.toSorted();
}

function fill(format: string, value: IdOutput): string {
  const fields = {
    "<id>": value.ID,
    "<aver>": value.AgentVersion,
    "<pubkey>": value.PublicKey,
    "<addrs>": (value.Addresses ?? []).join("\n"),
    "<protocols>": (value.Protocols ?? []).join("\n"),
    "\\n": "\n",
    "\\t": "\t",
  };
  return Object.entries(fields).reduce(
    (filled, [name, field]) => filled.replaceAll(name, () => field),
    format,
  );
}
