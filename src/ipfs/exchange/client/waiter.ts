import type { BlockSink } from "#model";

import type { Scheduler } from "./scheduler.ts";

/** One call of `fetch` that waits for a block. */
export interface Waiter {
  readonly session: WaitingSession;
  /** It looks at the bytes; else they are the sink's alone. */
  readonly needsBytes: boolean;
  /** Sees the bytes before they go to the sink. */
  readonly look?: ((bytes: Uint8Array) => void) | undefined;
  /** The block came and was taken by the session's sink. */
  resolve(bytes: Uint8Array): void;
  reject(reason: Error): void;
}

/** What a session is to a want. */
export interface WaitingSession {
  readonly sink: BlockSink;
  readonly scheduler: Scheduler;
  /** The sink is full until then. */
  hold(room: Promise<void>): void;
  /** One more block was fetched for it. */
  count(sizeBytes: number): void;
}
