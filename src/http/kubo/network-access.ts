import type { Network } from "#ipfs";
import { codeOf, linkAborts, messageOf } from "#lib";
import { peerIdBytes, peerIdText } from "#model";

import { CommandError, DeadlineError } from "./errors.ts";
import type { KuboRequest } from "./request.ts";

export type Host = Network["host"];
export type ConnectionInfo = ReturnType<Host["connections"]>[number];
export type KnownPeer = Awaited<ReturnType<Host["knownPeers"]>>[number];
export type PeerIdentity = Awaited<ReturnType<Host["identify"]>>;
export type PubSub = NonNullable<Host["pubsub"]>;
export type Dht = NonNullable<Host["dht"]>;

/** Kubo says it in two ways: commands of their own, and those behind its CoreAPI. */
export const offlineText = {
  command: "this command must be run in online mode. Try running 'ipfs daemon' first",
  action: "this action must be run in online mode, try running 'ipfs daemon' first",
} as const;

/** The network, or undefined in a node without one. */
export async function findNetwork(request: KuboRequest): Promise<Network | undefined> {
  try {
    return await request.deps.ipfs.network({ signal: request.signal });
  } catch (cause) {
    if (hasCode(cause, "OFFLINE")) return undefined;
    throw cause;
  }
}

/** @throws {CommandError} in a node without a network; for actions also with the option `offline` */
export async function requireNetwork(
  request: KuboRequest,
  wording: keyof typeof offlineText = "command",
): Promise<Network> {
  const isUnwanted = wording === "action" && isOffline(request);
  const network = isUnwanted ? undefined : await findNetwork(request);
  if (network === undefined) throw new CommandError(offlineText[wording]);
  return network;
}

export function isOffline(request: KuboRequest): boolean {
  return request.flag("offline") === true || request.flag("local") === true;
}

/** A peer id in base58 from any of its spellings. @throws {InvalidPeerIdError} */
export function readPeerId(text: string): string {
  return peerIdText(peerIdBytes(text));
}

function hasCode(thrown: unknown, code: string): boolean {
  return codeOf(thrown) === code;
}

/** Why nothing was found, in go-libp2p's words where it has some. */
export function routingFailure(thrown: unknown): string {
  if (hasCode(thrown, "PEER_NOT_FOUND") || hasCode(thrown, "RECORD_NOT_FOUND")) {
    return "routing: not found";
  }
  return hasCode(thrown, "NO_PEERS") ? "failed to find any peer in table" : messageOf(thrown);
}

/** Addresses of a peer that are known here, without /p2p. */
export async function knownAddresses(host: Host, peer: string): Promise<readonly string[]> {
  const known = await host.knownPeers();
  return known.find((one) => one.peer === peer)?.addresses ?? [];
}

/** Looks up the addresses of a peer when none are known here. What routing throws is the caller's to word. */
export async function findAddresses(
  { host, routing }: Network,
  peer: string,
  signal: AbortSignal,
): Promise<void> {
  if (host.isConnected(peer) || (await knownAddresses(host, peer)).length > 0) return;
  const { addresses } = await routing.findPeer(peer, { signal });
  await host.addAddresses(peer, addresses);
}

/** Does the work with a signal that is also aborted after `ms`. */
export async function withDeadline<T>(
  { deps, signal }: KuboRequest,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  using over = linkAborts(signal);
  const timer = new AbortController();
  const elapsed = deps.clock.sleep(ms, timer.signal).then(() => over.abort(new DeadlineError()));
  // a stopped timer concerns nobody
  elapsed.catch(() => undefined);
  try {
    return await work(over.signal);
  } finally {
    timer.abort();
  }
}

/** What a stranger wrote, fit for a terminal: control and format characters replaced, 128 characters at most. */
export function cleanText(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "\u{FFFD}").trim();
  return Array.from(clean).slice(0, 128).join("");
}
