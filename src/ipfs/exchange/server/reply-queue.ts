import type { PeerWant } from "./peer-wants.ts";

/** An answer that is due. */
export interface Reply {
  readonly want: PeerWant;
  readonly kind: "block" | "have" | "dontHave";
  /** About what it takes in a message. */
  readonly sizeBytes: number;
}

interface Queued extends Reply {
  readonly order: number;
}

/** Answers to one peer by priority, those of the same priority in the order in which they became due: a binary heap. */
export class ReplyQueue {
  readonly #heap: Queued[] = [];
  #order = 0;
  #bytes = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** What all answers together take. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  peek(): Reply | undefined {
    return this.#heap[0];
  }

  push(reply: Reply): void {
    this.#order += 1;
    this.#bytes += reply.sizeBytes;
    const one: Queued = { ...reply, order: this.#order };
    let at = this.#heap.length;
    this.#heap.push(one);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(one, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = one;
  }

  pop(): Reply | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (top === undefined || last === undefined) return undefined;
    this.#bytes -= top.sizeBytes;
    if (this.#heap.length > 0) this.#sink(last);
    return top;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#bytes = 0;
  }

  /** Puts one in at the top and lets it down to its place. */
  #sink(one: Queued): void {
    let at = 0;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      if (left === undefined) break;
      const right = this.#heap[2 * at + 2];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, one)) break;
      this.#heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    this.#heap[at] = one;
  }
}

function isBefore(one: Queued, other: Queued): boolean {
  const difference = one.want.priority - other.want.priority;
  return difference > 0 || (difference === 0 && one.order < other.order);
}
