import { CodedError } from "#lib";

/** Ends the program: the message goes to stderr as a line, unless it is empty. */
export class ExitError extends CodedError {
  override readonly code = "EXIT";
  override readonly kind = "operator";
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Ends the program with the app's failure code. What there is to say has been said. */
export class SilentFailure extends CodedError {
  override readonly code = "SILENT_FAILURE";
  override readonly kind = "operator";
}
