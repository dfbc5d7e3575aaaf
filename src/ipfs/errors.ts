import { CodedError } from "#lib";

/** A removal of something that no record keeps. */
export class NotPinnedError extends CodedError {
  override readonly code = "NOT_PINNED";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: string) {
    super("not pinned or pinned indirectly");
    this.cid = cid;
  }
}

/** A record of the other mode stands in the way. */
export class PinConflictError extends CodedError {
  override readonly code = "PIN_CONFLICT";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: string, problem: string) {
    super(`${cid} ${problem}`);
    this.cid = cid;
  }
}

/** A pin name over Kubo's limit. */
export class PinNameTooLongError extends CodedError {
  override readonly code = "PIN_NAME_TOO_LONG";
  override readonly kind = "caller";
  readonly sizeBytes: number;

  constructor(sizeBytes: number, maxBytes: number) {
    super(`pin name is ${sizeBytes} bytes (max ${maxBytes} bytes)`);
    this.sizeBytes = sizeBytes;
  }
}

/** Garbage collection found that pinned content is not whole; it removes nothing rather than what may belong to it. */
export class PinnedBlockMissingError extends CodedError {
  override readonly code = "PINNED_BLOCK_MISSING";
  override readonly kind = "environment";
  readonly root: string;
  readonly cid: string;

  constructor(root: string, cid: string) {
    super(
      `nothing was collected: block ${cid} of pinned ${root} is missing; fetch it or unpin the root`,
    );
    this.root = root;
    this.cid = cid;
  }
}

/** Something that needs other nodes, in a node without a network. The text is Kubo's. */
export class OfflineError extends CodedError {
  override readonly code = "OFFLINE";
  override readonly kind = "caller";

  constructor() {
    super("this command must be run in online mode. Try running 'ipfs daemon' first.");
  }
}
