import { CodedError } from "#lib";

/** Bytes from a peer that are no bitswap message, or one beyond the bounds. */
export class BadMessageError extends CodedError {
  override readonly code = "BAD_BITSWAP_MESSAGE";
  override readonly kind = "environment";

  constructor(problem: string, options?: ErrorOptions) {
    super(`bitswap message: ${problem}`, options);
  }
}

/** The exchange or the session was closed while a block was waited for. */
export class ExchangeClosedError extends CodedError {
  override readonly code = "EXCHANGE_CLOSED";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(what: "exchange" | "session") {
    super(`the ${what} was closed before the block came`);
  }
}

/** A block whose hash cannot be checked is not fetched. */
export class UncheckableBlockError extends CodedError {
  override readonly code = "UNCHECKABLE_BLOCK";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: string, hashCode: number) {
    super(`cannot fetch ${cid}: no such hash registered: 0x${hashCode.toString(16)}`);
    this.cid = cid;
  }
}

/** An HTTP gateway answered something other than the block. */
export class GatewayAnswerError extends CodedError {
  override readonly code = "GATEWAY_ANSWER";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly status: number;

  constructor(url: string, status: number, problem: string) {
    super(`${url} answered ${status}: ${problem}`);
    this.status = status;
  }
}
