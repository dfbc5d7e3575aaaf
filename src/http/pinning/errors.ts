import { CodedError } from "#lib";

/** A pin that the service does not have. */
export class UnknownPinError extends CodedError {
  override readonly code = "UNKNOWN_PIN";
  override readonly kind = "caller";

  constructor() {
    super("pin not found");
  }
}
