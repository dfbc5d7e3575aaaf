import { CodedError } from "#lib";

/** A text that is no CID. `message` follows go-cid's wording, which clients compare. */
export class InvalidCidError extends CodedError {
  override readonly code = "INVALID_CID";
  override readonly kind = "caller";
  readonly text: string;

  constructor(text: string, reason: string) {
    super(`invalid cid: ${reason}`);
    this.text = text;
  }
}

/** A text that is no content path. */
export class InvalidPathError extends CodedError {
  override readonly code = "INVALID_PATH";
  override readonly kind = "caller";
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`invalid path ${JSON.stringify(path)}: ${reason}`);
    this.path = path;
  }
}

/** A block that is neither here nor, for a node that may fetch, to be had. */
export class BlockNotFoundError extends CodedError {
  override readonly code = "BLOCK_NOT_FOUND";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly cid: string;

  constructor(cid: string, isOffline = false) {
    super(
      isOffline
        ? `block was not found locally (offline): ipld: could not find ${cid}`
        : `ipld: could not find ${cid}`,
    );
    this.cid = cid;
  }
}

/** A text that is no peer id. */
export class InvalidPeerIdError extends CodedError {
  override readonly code = "INVALID_PEER_ID";
  override readonly kind = "caller";
  readonly text: string;

  constructor(text: string, reason: string) {
    super(`failed to parse peer ID: ${reason}`);
    this.text = text;
  }
}

/** Stored bytes that are no pin. */
export class InvalidPinError extends CodedError {
  override readonly code = "INVALID_PIN";
  override readonly kind = "environment";
  readonly cid: string;

  constructor(cid: string, reason: string, options?: ErrorOptions) {
    super(`damaged pin ${cid}: ${reason}`, options);
    this.cid = cid;
  }
}
