import { CodedError, formatDuration } from "#lib";

/** What goes wrong with the node, or on the way to it: the next try may find it well. */
abstract class NodeError extends CodedError {
  override readonly kind = "environment";
  override readonly isRetryable = true;
}

/** What Kubo answered a call with that it could not do; the text is IPFS Cluster's around Kubo's own. */
export class KuboAnswerError extends NodeError {
  override readonly code = "KUBO_ANSWER";
  readonly status: number;
  /** Kubo's words alone. */
  readonly reason: string;

  constructor(
    { call, status }: { readonly call: string; readonly status: number },
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`IPFS error (${call}). Code: ${status}. Message: ${reason}`, options);
    this.status = status;
    this.reason = reason;
  }
}

/** An answer that is not Kubo's: something else listens there, or something stands between. */
export class KuboStrangeError extends NodeError {
  override readonly code = "KUBO_STRANGE";

  constructor(call: string, status: number, body: string) {
    super(`IPFS request failed (is it running?) (${call}). Code ${status}: ${body}`);
  }
}

/** No connection to Kubo, or one that broke. */
export class KuboUnreachableError extends NodeError {
  override readonly code = "KUBO_UNREACHABLE";

  readonly url: string;
  readonly reason: string;

  constructor(url: string, reason: string, cause?: unknown) {
    super(`Post ${JSON.stringify(url)}: ${reason}`, { cause });
    this.url = url;
    this.reason = reason;
  }
}

/** The node's pins are not known; in IPFS Cluster's words. */
export class PinsUnknownError extends NodeError {
  override readonly code = "PINS_UNKNOWN";

  constructor(cause: Error) {
    super(`could not get pinset from IPFS: ${cause.message}`, { cause });
  }
}

/** A call that took longer than the configuration allows. */
export class KuboTimeoutError extends NodeError {
  override readonly code = "KUBO_TIMEOUT";

  constructor(url: string, timeoutMs: number) {
    super(
      `Post ${JSON.stringify(url)}: context deadline exceeded: no answer for ${formatDuration(timeoutMs)}`,
    );
  }
}

/** An answer of Kubo that cannot be what was asked for. */
export class KuboDamagedError extends NodeError {
  override readonly code = "KUBO_DAMAGED";

  constructor(call: string, problem: string) {
    super(`the IPFS node's answer to ${call} cannot be used: ${problem}`);
  }
}

/** An unpin on a peer that is configured not to. */
export class UnpinDisabledError extends CodedError {
  override readonly code = "UNPIN_DISABLED";
  override readonly kind = "operator";

  constructor() {
    super("ipfs unpinning is disallowed by configuration on this peer");
  }
}

/** A collection of garbage that could not remove everything. */
export class GarbageKeptError extends NodeError {
  override readonly code = "GARBAGE_KEPT";

  constructor(problems: readonly string[]) {
    super(problems.join("; "));
  }
}
