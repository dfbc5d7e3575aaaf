import { CodedError } from "#lib";

/** A pin that the service does not have. */
export class UnknownPinError extends CodedError {
  override readonly code = "UNKNOWN_PIN";
  override readonly kind = "caller";

  constructor() {
    super("pin not found");
  }
}

/** A body that is longer than the service takes. */
export class BodyTooLongError extends CodedError {
  override readonly code = "BODY_TOO_LONG";
  override readonly kind = "caller";

  constructor(bytesMax: number) {
    super(`error decoding request body: longer than ${bytesMax} bytes`);
  }
}
