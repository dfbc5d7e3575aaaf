import { type CID, decodeCid, type PinMode, type TrackerStatus } from "#model";

/** Something that this peer has to do in its IPFS node, kept until it is done. Small: there may be a million. */
export interface Operation {
  readonly key: string;
  readonly kind: "pin" | "unpin";
  readonly mode: PinMode;
  phase: "queued" | "running" | "failed" | "offline";
  error: string;
  /** When the phase began, ms since the epoch. */
  timestamp: number;
  attemptCount: number;
  isPriority: boolean;
  /** Set while it runs. */
  run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
}

/** The key of a CID's operation: its bytes, one character each. */
export function keyOf(cid: CID): string {
  return Buffer.from(cid.bytes).toString("latin1");
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

/** Two lists of waiting keys, first in, first out; the priority list goes first. */
export class OperationQueue {
  readonly #lists = { priority: new Set<string>(), normal: new Set<string>() };

  get size(): number {
    return this.#lists.priority.size + this.#lists.normal.size;
  }

  push(operation: Operation): void {
    this.#lists[operation.isPriority ? "priority" : "normal"].add(operation.key);
  }

  delete(key: string): void {
    this.#lists.priority.delete(key);
    this.#lists.normal.delete(key);
  }

  /** Takes the next key; undefined when none waits. */
  take(): string | undefined {
    for (const list of [this.#lists.priority, this.#lists.normal]) {
      const next = list.values().next();
      if (next.done === true) continue;
      list.delete(next.value);
      return next.value;
    }
    return undefined;
  }

  clear(): void {
    this.#lists.priority.clear();
    this.#lists.normal.clear();
  }
}
