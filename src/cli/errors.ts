import { CodedError } from "#lib";

/** A command line that cannot be understood; exit code 2. */
export class UsageError extends CodedError {
  override readonly code = "USAGE";
  override readonly kind = "caller";
  /** The command it is about, for the hint at its help. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

/** No peer to talk to. */
export class NoPeerError extends CodedError {
  override readonly code = "NO_PEER";
  override readonly kind = "operator";
}

/** A file that cannot be added: it is missing, of an odd kind, or changes meanwhile. */
export class AddFileError extends CodedError {
  override readonly code = "ADD_FILE";
  override readonly kind = "environment";
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** An archive that must not, or cannot, be unpacked. */
export class UnpackError extends CodedError {
  override readonly code = "UNPACK";
  override readonly kind = "environment";
}

/** What Kubo's RPC answered instead of a result; `status` is 0 when no answer came. */
export class RpcError extends CodedError {
  override readonly code = "RPC";
  override readonly kind = "environment";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The command ran and its result is bad news. */
export class CommandFailedError extends CodedError {
  override readonly code = "COMMAND_FAILED";
  override readonly kind = "environment";
}

/** A pin or unpin that was waited for has failed on a peer. */
export class WaitFailedError extends CodedError {
  override readonly code = "WAIT_FAILED";
  override readonly kind = "environment";
}

/** A pin or unpin was not done in time. */
export class WaitTimeoutError extends CodedError {
  override readonly code = "WAIT_TIMEOUT";
  override readonly kind = "environment";
  override readonly isRetryable = true;
}
