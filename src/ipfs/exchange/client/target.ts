import type { PeerWindow } from "./peer-window.ts";
import type { Want } from "./want.ts";

/** Somebody who can be asked for blocks: a peer that speaks bitswap, or an HTTP gateway. */
export interface Target {
  /** The peer's id, or the gateway's URL. */
  readonly id: string;
  /** A gateway is asked for blocks only, and only when nobody else has them. */
  readonly isGateway: boolean;
  /** What all sessions together have asked it for. */
  readonly window: PeerWindow;
  /** How long it may take to say whether it has a block. */
  readonly answerTimeoutMs: number;
  askBlock(want: Want): void;
  askHave(want: Want): void;
  /** It need not answer any more. */
  cancel(want: Want): void;
  /** It has answered with the block, and knows that we want it no more. */
  answered(want: Want): void;
}
