import { type CID, decodeCid, type PinMode, type TrackerStatus } from "#model";

import type { PinCounts } from "./types.ts";

/** Where a pin is on its way: tried with what is here, or fetched. */
export type Stage = "local" | "fetch";

/** Something that this peer has to do in its IPFS node, kept until it is done. Small: there may be many. */
export interface Operation {
  readonly key: string;
  readonly kind: "pin" | "unpin";
  readonly mode: PinMode;
  phase: "queued" | "running" | "failed" | "offline";
  stage: Stage;
  error: string;
  /** When the phase began, ms since the epoch. */
  timestamp: number;
  attemptCount: number;
  isPriority: boolean;
  /** Set while it runs. */
  run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** Set while somebody waits to hear whether the content is here. */
  onLocalEnd: (() => void) | undefined;
}

/** Whether the recovery that runs every `intervalMs` tries it again. Also after the clock was set back: nobody knows how far. */
export function isRetryDue(
  operation: Pick<Operation, "phase" | "timestamp" | "attemptCount"> | undefined,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): boolean {
  if (operation?.phase !== "failed" || now < operation.timestamp) return true;
  return now >= operation.timestamp + retryPauseMs(operation, intervalMs);
}

/** However often something has failed, it is tried again after so long. */
const retryPauseMaxMs = 86_400_000;

/**
 * How long a failed operation is left alone by the recovery that runs every `intervalMs`: not at all after the first two
 * attempts, then twice as long each time.
 */
export function retryPauseMs(
  { attemptCount }: Pick<Operation, "attemptCount">,
  intervalMs: number,
): number {
  if (attemptCount <= 2) return 0;
  // half an interval less, so that the turn that is meant is not missed by a moment
  return Math.min(intervalMs * 2 ** (attemptCount - 2) - intervalMs / 2, retryPauseMaxMs);
}

/** The key of a CID's operation: its bytes, one character each. */
export function keyOf(cid: CID): string {
  const { bytes } = cid;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The CID of a key. */
export function cidOf(key: string): CID {
  return decodeCid(Buffer.from(key, "latin1"));
}

const statuses: Readonly<Record<Operation["kind"], Record<Operation["phase"], TrackerStatus>>> = {
  pin: { queued: "pin_queued", running: "pinning", offline: "pinning", failed: "pin_error" },
  unpin: {
    queued: "unpin_queued",
    running: "unpinning",
    offline: "unpinning",
    failed: "unpin_error",
  },
};

/** The status that a pin has while an operation is there. */
export function statusOf(operation: Operation): TrackerStatus {
  return statuses[operation.kind][operation.phase];
}

/** How many pins wait, are under way, and have failed. */
export function countPins(operations: Iterable<Operation>): PinCounts {
  const counts = { queued: 0, pinning: 0, failed: 0 };
  for (const operation of operations) {
    const status = statusOf(operation);
    if (status === "pin_queued") counts.queued += 1;
    else if (status === "pinning") counts.pinning += 1;
    else if (status === "pin_error") counts.failed += 1;
  }
  return counts;
}

/** Lists of waiting keys, first in, first out: those that somebody waits for, the priority ones, the others. */
export class OperationQueue {
  readonly #lists = {
    awaited: new Set<string>(),
    priority: new Set<string>(),
    normal: new Set<string>(),
  };

  get size(): number {
    const { awaited, priority, normal } = this.#lists;
    return awaited.size + priority.size + normal.size;
  }

  push({ key, isPriority, onLocalEnd }: Operation): void {
    const { awaited, priority, normal } = this.#lists;
    if (onLocalEnd !== undefined) awaited.add(key);
    else if (isPriority) priority.add(key);
    else normal.add(key);
  }

  delete(key: string): void {
    for (const list of Object.values(this.#lists)) list.delete(key);
  }

  /** Takes the next key; undefined when none waits. */
  take(): string | undefined {
    for (const list of Object.values(this.#lists)) {
      const key = takeFirst(list);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** Takes a key of no priority; undefined when there is none. */
  takeNormal(): string | undefined {
    return takeFirst(this.#lists.normal);
  }

  clear(): void {
    for (const list of Object.values(this.#lists)) list.clear();
  }
}

function takeFirst(list: Set<string>): string | undefined {
  for (const key of list) {
    list.delete(key);
    return key;
  }
  return undefined;
}
