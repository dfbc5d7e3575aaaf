import { CodedError } from "#lib";

/** A request that is refused before its command runs: plain text with a status, as Go's http.Error. */
export class RefusedError extends CodedError {
  override readonly code = "KUBO_REFUSED";
  override readonly kind = "caller";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a command cannot do with what it was given. Messages are Kubo's where it has one. */
export class CommandError extends CodedError {
  override readonly code = "KUBO_COMMAND";
  override readonly kind = "caller";
}

/** A command that was asked in a wrong way: 400, and Code 1 in the answer. Kubo has it for few commands. */
export class AskedWronglyError extends CodedError {
  override readonly code = "KUBO_ASKED_WRONGLY";
  override readonly kind = "caller";
}

/** The `timeout` option ran out. Worded as Go's context package. */
export class DeadlineError extends CodedError {
  override readonly code = "DEADLINE";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor() {
    super("context deadline exceeded");
  }
}
