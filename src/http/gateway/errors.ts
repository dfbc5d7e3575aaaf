import { CodedError } from "#lib";

/** A method that the gateway does not take. */
export class MethodNotAllowedError extends CodedError {
  override readonly code = "METHOD_NOT_ALLOWED";
  override readonly kind = "caller";

  constructor(method: string) {
    super(`Method ${method} not allowed: read only access`);
  }
}

/** A `?format=` that no gateway knows. */
export class UnknownFormatError extends CodedError {
  override readonly code = "UNKNOWN_FORMAT";
  override readonly kind = "caller";

  constructor(format: string, known: readonly string[]) {
    super(`unknown format ${JSON.stringify(format)}: use one of ${known.join(", ")}`);
  }
}

/** The content has no representation of the kind that was asked for. */
export class NotAcceptableError extends CodedError {
  override readonly code = "NOT_ACCEPTABLE";
  override readonly kind = "caller";
}

/** A format that only exists in another namespace. */
export class FormatNamespaceError extends CodedError {
  override readonly code = "FORMAT_NAMESPACE";
  override readonly kind = "caller";

  constructor(format: string, namespace: string) {
    super(`format ${JSON.stringify(format)} is only for paths under ${namespace}`);
  }
}

/** A Range header that is malformed. */
export class InvalidRangeError extends CodedError {
  override readonly code = "INVALID_RANGE";
  override readonly kind = "caller";

  constructor() {
    super("invalid range request: invalid range");
  }
}

/** No range that was asked for lies inside the content. */
export class RangeNotSatisfiableError extends CodedError {
  override readonly code = "RANGE_NOT_SATISFIABLE";
  override readonly kind = "caller";
  readonly sizeBytes: number;

  constructor(sizeBytes: number) {
    super("invalid range: failed to overlap");
    this.sizeBytes = sizeBytes;
  }
}

/** A Service Worker for all content under one namespace would see other sites' requests. */
export class ServiceWorkerScopeError extends CodedError {
  override readonly code = "SERVICE_WORKER_SCOPE";
  override readonly kind = "caller";

  constructor() {
    super("navigator.serviceWorker: registration is not allowed for this scope");
  }
}

/** `only-if-cached` for what is not here. */
export class NotCachedError extends CodedError {
  override readonly code = "NOT_CACHED";
  override readonly kind = "caller";

  constructor(path: string) {
    super(`${JSON.stringify(path)} not in local datastore`);
  }
}

/** If-Match names other content. */
export class PreconditionFailedError extends CodedError {
  override readonly code = "PRECONDITION_FAILED";
  override readonly kind = "caller";

  constructor() {
    super("the content is not what If-Match names");
  }
}

/** A path that ends inside a block, on a value that is no link. */
export class PathRemainderError extends CodedError {
  override readonly code = "PATH_REMAINDER";
  override readonly kind = "caller";

  constructor(remainder: string, block: string) {
    super(
      `${JSON.stringify(remainder)} of ${JSON.stringify(block)} could not be returned: ` +
        `reading IPLD kinds other than links is not implemented: try reading ${JSON.stringify(block)} instead`,
    );
  }
}

/** Names under /ipns. */
export class NamesNotSupportedError extends CodedError {
  override readonly code = "NAMES_NOT_SUPPORTED";
  override readonly kind = "environment";

  constructor(path: string) {
    super(`failed to resolve ${path}: this gateway does not resolve names`);
  }
}

/** A target that is under no namespace. */
export class PageNotFoundError extends CodedError {
  override readonly code = "PAGE_NOT_FOUND";
  override readonly kind = "caller";

  constructor() {
    super("404 page not found");
  }
}

/** A file whose blocks hold less or more than its root says. */
export class ContentSizeError extends CodedError {
  override readonly code = "CONTENT_SIZE";
  override readonly kind = "environment";

  constructor(sizeBytes: number, foundBytes: number) {
    super(`content has ${foundBytes} bytes where its root says ${sizeBytes}`);
  }
}

/** Nothing has come from other nodes for too long. The text is boxo's. */
export class RetrievalTimeoutError extends CodedError {
  override readonly code = "RETRIEVAL_TIMEOUT";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super("Unable to retrieve content within timeout period");
    this.timeoutMs = timeoutMs;
  }
}
