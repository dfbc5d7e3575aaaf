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

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.isRetryable = status === 0;
  }
}
