import { CodedError } from "#lib";

/** A request parameter that cannot be read. `message` is IPFS Cluster's. */
export class BadParameterError extends CodedError {
  override readonly code = "BAD_PARAMETER";
  override readonly kind = "caller";
}

/**
 * What a REST API answered instead of a result. `status` is the `code` of the error document, else the HTTP status;
 * 500 for an error that came in a stream's trailer, 0 when no answer came at all.
 */
export class RestApiError extends CodedError {
  override readonly code = "REST_API";
  override readonly kind = "environment";
  override readonly isRetryable: boolean;
  readonly status: number;
  /** What was asked, when no answer came. */
  readonly request:
    { readonly method: string; readonly url: string; readonly path: string } | undefined;

  constructor(
    status: number,
    message: string,
    options?: ErrorOptions & { readonly request?: RestApiError["request"] },
  ) {
    super(message, options);
    this.status = status;
    this.isRetryable = status === 0;
    this.request = options?.request;
  }
}

/** An exchange took longer than it may. It is the `cause` of a RestApiError. */
export class RequestTimeoutError extends CodedError {
  override readonly code = "REQUEST_TIMEOUT";
  override readonly kind = "environment";
  override readonly isRetryable = true;
}
