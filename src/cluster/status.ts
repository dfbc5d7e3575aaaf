import { type Clock, messageOf } from "#lib";
import { type CID, type GlobalPinInfo, type Pin, type PinInfo, trackerStatusBits } from "#model";

import { type Operation, statusOf } from "./operations.ts";
import { isAllocatedTo } from "./pin-rules.ts";
import type { IpfsConnector } from "./ports.ts";
import { type PinTracker, satisfies } from "./tracker.ts";

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
  const operation = deps.tracker.get(cid);
  if (operation !== undefined) return operationInfo(operation, speaker);
  const since = pin === undefined ? deps.clock.now() : wholeSecond(pin.timestamp);
  const base = infoOf(speaker, since);
  if (pin === undefined) return { ...base, status: "unpinned" };
  if (pin.type === "meta") return { ...base, status: "sharded" };
  if (!isAllocatedTo(pin, speaker.peer)) return { ...base, status: "remote" };
  try {
    const mode = await deps.connector.pinStatus(cid);
    if (satisfies(mode, pin)) return { ...base, status: "pinned" };
  } catch (cause) {
    return { ...base, status: "cluster_error", error: messageOf(cause) };
  }
  // it may have been queued, or failed, while the node was asked
  const meanwhile = deps.tracker.get(cid);
  if (meanwhile !== undefined) return operationInfo(meanwhile, speaker);
  return { ...base, status: "unexpectedly_unpinned", error: unexpectedlyUnpinned };
}

/** As IPFS Cluster, which keeps no more of a pin's time. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
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

/** Whether a filter can only be met by operations, so that the pinset need not be read. */
export function asksForOperationsOnly(filter: number): boolean {
  const {
    pinned,
    unexpectedly_unpinned: lost,
    sharded,
    remote,
    cluster_error: error,
  } = trackerStatusBits;
  return filter !== 0 && (filter & (pinned | lost | sharded | remote | error)) === 0;
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
