import { CodedError } from "#lib";

/** Publishing needs a network, or leave to do without. Worded as Kubo. */
export class NameOfflineError extends CodedError {
  override readonly code = "NAME_OFFLINE";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(what: "publish" | "put") {
    const otherwise =
      what === "publish"
        ? "pass `--allow-offline` to override"
        : "pass `--allow-offline` to store locally";
    super(
      `can't ${what} while offline: ${otherwise} or \`--allow-delegated\` if Ipns.DelegatedPublishers are set up`,
    );
  }
}

/** Nobody knows where a name leads. */
export class NameNotResolvedError extends CodedError {
  override readonly code = "NAME_NOT_RESOLVED";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly target: string;

  constructor(name: string, message = "could not resolve name", options?: ErrorOptions) {
    super(message, options);
    this.target = name;
  }
}

/** Names that lead to names, more than are followed. */
export class NameTooDeepError extends CodedError {
  override readonly code = "NAME_TOO_DEEP";
  override readonly kind = "caller";
  readonly depthMax: number;

  constructor(depthMax: number) {
    super("could not resolve name (recursion limit exceeded)");
    this.depthMax = depthMax;
  }
}

/** A text that cannot be a name: another namespace, or neither a key's id nor a domain. */
export class InvalidNameError extends CodedError {
  override readonly code = "INVALID_NAME";
  override readonly kind = "caller";
  readonly text: string;

  constructor(text: string, message: string) {
    super(message);
    this.text = text;
  }
}

/** Bytes that are no record, or not one of this name. Worded as boxo's ipns package. */
export class InvalidRecordError extends CodedError {
  override readonly code = "INVALID_RECORD";
  override readonly kind = "caller";
}

/** A sequence number that is not above the one that is known. */
export class StaleSequenceError extends CodedError {
  override readonly code = "STALE_SEQUENCE";
  override readonly kind = "caller";
}

/** A DNS answer that is none, or an error of the server. */
export class DnsError extends CodedError {
  override readonly code = "DNS";
  override readonly kind = "environment";
  override readonly isRetryable = true;
}

/** A name map, or a resolver of the configuration, that cannot be read. */
export class InvalidNameSettingError extends CodedError {
  override readonly code = "INVALID_NAME_SETTING";
  override readonly kind = "operator";
}
