import { CodedError } from "#lib";

/** A listener's address is in use by somebody else. */
export class PortTakenError extends CodedError {
  override readonly code = "PORT_TAKEN";
  override readonly kind = "operator";
  readonly address: string;
  readonly listener: string;

  constructor(address: string, listener: string, cause?: unknown) {
    super(`listen on ${address} for ${listener}: the address is already in use`, { cause });
    this.address = address;
    this.listener = listener;
  }
}

/** The client closed its connection before it had sent, or taken, everything. */
export class ClientGoneError extends CodedError {
  override readonly code = "CLIENT_GONE";
  override readonly kind = "caller";

  constructor() {
    super("the client closed the connection: unexpected EOF");
  }
}

/** A document that is longer than may be sent. */
export class BodyTooLongError extends CodedError {
  override readonly code = "BODY_TOO_LONG";
  override readonly kind = "caller";

  constructor(bytesMax: number) {
    super(`error decoding request body: longer than ${bytesMax} bytes`);
  }
}

/** An answer's head went out twice, or a body was written after its end: a mistake of a handler. */
export class AnswerStateError extends CodedError {
  override readonly code = "ANSWER_STATE";
  override readonly kind = "bug";
}
