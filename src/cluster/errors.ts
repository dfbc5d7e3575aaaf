import { CodedError, formatDuration } from "#lib";

/** A CID that is not in the pinset. IPFS Cluster's clients know the message. */
export class NotInPinsetError extends CodedError {
  override readonly code = "NOT_IN_PINSET";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: string) {
    super("pin is not part of the pinset");
    this.cid = cid;
  }
}

/** A pin or unpin that the rules of the cluster forbid; `message` is IPFS Cluster's. */
export class InvalidPinRequestError extends CodedError {
  override readonly code = "INVALID_PIN_REQUEST";
  override readonly kind = "caller";
}

/** Fewer peers can take a pin than it needs. */
export class NotEnoughPeersError extends CodedError {
  override readonly code = "NOT_ENOUGH_PEERS";
  override readonly kind = "environment";
  readonly candidates: number;

  constructor(wanted: { readonly min: number; readonly max: number; readonly candidates: number }) {
    super(
      `not enough peers to allocate CID. Needed at least: ${wanted.min}. Wanted at most: ${wanted.max}. ` +
        `Available candidates: ${wanted.candidates}. See logs for more info.`,
    );
    this.candidates = wanted.candidates;
  }
}

/** A change asked of a peer that only follows. */
export class FollowerModeError extends CodedError {
  override readonly code = "FOLLOWER_MODE";
  override readonly kind = "operator";

  constructor() {
    super("this peer is configured to be in follower mode. Write operations are disabled");
  }
}

/** The tracker has as many operations as it may. */
export class PinQueueFullError extends CodedError {
  override readonly code = "PIN_QUEUE_FULL";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor() {
    super("pin/unpin operation queue is full. Try increasing max_pin_queue_size");
  }
}

/** Nothing of a pin's content has come for too long. */
export class PinTimeoutError extends CodedError {
  override readonly code = "PIN_TIMEOUT";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(timeoutMs: number, waiting: string) {
    const reason = waiting === "" ? "" : `: ${waiting}`;
    super(`context deadline exceeded: no block came for ${formatDuration(timeoutMs)}${reason}`);
  }
}

/** An add that cannot be done as asked; `message` is IPFS Cluster's where it has one. */
export class AddNotPossibleError extends CodedError {
  override readonly code = "ADD_NOT_POSSIBLE";
  override readonly kind = "caller";
}
