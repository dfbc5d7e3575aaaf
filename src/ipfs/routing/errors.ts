import { CodedError } from "#lib";

/** Nobody has a valid record for the key. */
export class RecordNotFoundError extends CodedError {
  override readonly code = "RECORD_NOT_FOUND";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor() {
    super("routing: not found");
  }
}

/** A delegated router that cannot be reached, or answers with an error or with what is no answer. */
export class RouterError extends CodedError {
  override readonly code = "ROUTER_FAILED";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly router: string;
  readonly status: number | undefined;

  constructor(
    router: string,
    problem: string,
    more: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(`router ${router}: ${problem}`, { cause: more.cause });
    this.router = router;
    this.status = more.status;
  }
}
