import { type Clock, messageOf } from "#lib";
import {
  type CID,
  type GlobalPinInfo,
  type Pin,
  type PinInfo,
  type PinMode,
  trackerStatusBits,
} from "#model";

import { mapOrdered } from "./map-ordered.ts";
import { type Operation, statusOf } from "./operations.ts";
import { isAllocatedTo } from "./pin-rules.ts";
import type { IpfsConnector } from "./ports.ts";
import { type PinTracker, satisfies } from "./tracker.ts";

/** Lookups in the node under way at once, when it cannot be asked for many. */
const lookupsMax = 32;

const unexpectedlyUnpinned = "the item should be pinned but it is not";

/** Who speaks in a status: this peer and its IPFS node. */
export interface Speaker {
  readonly peer: string;
  readonly peername: string;
  readonly ipfsPeerId: string;
}

export interface StatusDeps {
  readonly connector: IpfsConnector;
  readonly tracker: PinTracker;
  readonly clock: Clock;
}

/**
 * How a CID stands on this peer (cluster 6.3.5): an operation under way, else what the pinset wants, compared with what
 * the node has. `pin` is the CID's entry in the pinset.
 */
export async function pinInfoOf(
  deps: StatusDeps,
  of: { readonly cid: CID; readonly pin: Pin | undefined; readonly speaker: Speaker },
): Promise<PinInfo> {
  const { cid, pin, speaker } = of;
  if (pin !== undefined) {
    const [info] = await pinInfosOf(deps, [pin], speaker);
    if (info !== undefined) return info;
  }
  const operation = deps.tracker.get(cid);
  if (operation !== undefined) return operationInfo(operation, speaker);
  return { ...infoOf(speaker, deps.clock.now()), status: "unpinned" };
}

/** The same for many entries of the pinset, in their order. */
export async function pinInfosOf(
  deps: StatusDeps,
  pins: readonly Pin[],
  speaker: Speaker,
): Promise<readonly PinInfo[]> {
  const unasked = pins.map((pin) => unaskedInfo(deps, pin, speaker));
  const toAsk = pins.filter((_, index) => unasked[index] === undefined);
  if (toAsk.length === 0) return unasked.filter((info) => info !== undefined);
  const answers = await askNode(deps.connector, toAsk);
  const asked = toAsk.map((pin, index) => askedInfo(pin, answers[index], speaker));
  const sure: PinInfo[] = [];
  for (const [index, pin] of toAsk.entries()) {
    sure.push(asked[index] ?? (await lostInfo(deps, pin, speaker)));
  }
  let next = 0;
  return unasked.flatMap((info) => info ?? sure[next++] ?? []);
}

/** What can be told without asking the node. */
function unaskedInfo({ tracker }: StatusDeps, pin: Pin, speaker: Speaker): PinInfo | undefined {
  const operation = tracker.get(pin.cid);
  if (operation !== undefined) return operationInfo(operation, speaker);
  if (pin.type === "meta") return { ...infoSince(pin, speaker), status: "sharded" };
  return isAllocatedTo(pin, speaker.peer)
    ? undefined
    : { ...infoSince(pin, speaker), status: "remote" };
}

type NodeAnswer = { readonly mode: PinMode | undefined } | { readonly error: string };

async function askNode(
  connector: IpfsConnector,
  pins: readonly Pin[],
): Promise<readonly NodeAnswer[]> {
  const cids = pins.map(({ cid }) => cid);
  try {
    if (connector.pinStatuses !== undefined && pins.length > 1) {
      return (await connector.pinStatuses(cids)).map((mode) => ({ mode }));
    }
  } catch (cause) {
    return cids.map(() => ({ error: messageOf(cause) }));
  }
  const ask = async (cid: CID): Promise<NodeAnswer> => {
    try {
      return { mode: await connector.pinStatus(cid) };
    } catch (cause) {
      return { error: messageOf(cause) };
    }
  };
  return Array.fromAsync(mapOrdered(cids, ask, lookupsMax));
}

/** Undefined: the node does not keep it. */
function askedInfo(
  pin: Pin,
  answer: NodeAnswer | undefined,
  speaker: Speaker,
): PinInfo | undefined {
  if (answer === undefined) return undefined;
  if ("error" in answer) {
    return { ...infoSince(pin, speaker), status: "cluster_error", error: answer.error };
  }
  return satisfies(answer.mode, pin) ? { ...infoSince(pin, speaker), status: "pinned" } : undefined;
}

/** Why the node does not keep what it should. */
async function lostInfo(
  { tracker, connector }: StatusDeps,
  pin: Pin,
  speaker: Speaker,
): Promise<PinInfo> {
  const { isOffline, backlog } = tracker;
  const isOut = isOffline && (await connector.hasBlock?.(pin.cid)) === false;
  // it may have been queued, or failed, while the node was asked
  const operation = tracker.get(pin.cid);
  if (operation !== undefined) return operationInfo(operation, speaker);
  const info = infoSince(pin, speaker);
  const isPriority = tracker.isPriority(pin);
  if (isOut) return { ...info, status: "pinning", error: "offline", attemptCount: 1, isPriority };
  if (backlog.isThere) return { ...info, status: "pin_queued", isPriority };
  return { ...info, status: "unexpectedly_unpinned", error: unexpectedlyUnpinned };
}

/** As IPFS Cluster, which keeps no more of a pin's time. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function infoSince(pin: Pin, speaker: Speaker): Omit<PinInfo, "status"> {
  return infoOf(speaker, wholeSecond(pin.timestamp));
}

/** The status of an operation. */
export function operationInfo(operation: Operation, speaker: Speaker): PinInfo {
  const { timestamp, error, attemptCount, isPriority } = operation;
  return {
    ...infoOf(speaker, timestamp),
    status: statusOf(operation),
    error,
    attemptCount,
    isPriority,
  };
}

/** The statuses of all peers as one. `isLocal`: only this peer was asked, which shows in what is left open. */
export function globalInfo(
  of: { readonly cid: CID; readonly pin: Pin | undefined },
  peers: readonly PinInfo[],
  at: { readonly isLocal: boolean; readonly now: number },
): GlobalPinInfo {
  const { cid, pin } = of;
  if (pin === undefined) {
    const allocations = at.isLocal ? undefined : [];
    const created = at.isLocal ? 0 : at.now;
    return { cid, name: "", allocations, origins: undefined, created, metadata: {}, peers };
  }
  const { name, allocations, origins, timestamp: created, metadata } = pin;
  return { cid, name, allocations, origins, created, metadata, peers };
}

/** Whether a filter (status bits, 0 for none) lets a status through. */
export function matches(filter: number, info: PinInfo): boolean {
  return filter === 0 || (filter & trackerStatusBits[info.status]) !== 0;
}

const {
  unpin_error: unpinError,
  unpin_queued: unpinQueued,
  unpinning,
  pin_error: pinError,
  pin_queued: pinQueued,
  pinning,
} = trackerStatusBits;

/** Statuses of what the pinset no longer has. */
export const unpinBits = unpinError | unpinQueued | unpinning;

/** Whether a filter asks for nothing but what is under way, waits or has failed. */
export function isOfOperations(filter: number): boolean {
  return filter !== 0 && (filter & ~(unpinBits | pinError | pinQueued | pinning)) === 0;
}

/** Whether a filter can only be met by operations, so that the pinset need not be read. */
export function asksForOperationsOnly(filter: number, { backlog, isOffline }: PinTracker): boolean {
  // these may wait in the pinset, without an operation
  const inPinset = (backlog.isThere ? pinQueued : 0) | (isOffline ? pinning : 0);
  return isOfOperations(filter) && (filter & inPinset) === 0;
}

function infoOf(speaker: Speaker, timestamp: number): Omit<PinInfo, "status"> {
  return {
    ...speaker,
    ipfsPeerAddresses: [],
    timestamp,
    error: "",
    attemptCount: 0,
    isPriority: false,
  };
}
