import type { Exchange } from "./types.ts";

/** Which pages of other origins may use a listener. Meanings as in rs/cors 1.11, which Kubo and IPFS Cluster use. */
export interface CorsOptions {
  /** Origins, compared without case; one `*` in each; `*` alone, or none at all: every origin. */
  readonly allowedOrigins: readonly string[];
  /** Decides instead of the list, unless that has `*`. */
  readonly isOriginAllowed?: (origin: string) => boolean;
  /** Empty: GET, POST, HEAD. */
  readonly allowedMethods: readonly string[];
  /** Empty: Accept, Content-Type, X-Requested-With. `*`: every header. */
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Whole seconds, a fraction is cut off; 0: not said; negative: 0. */
  readonly maxAgeSeconds: number;
}

/**
 * Makes the CORS check of a listener. It puts its headers into `responseHeaders`; a preflight is answered (204) and
 * the answer is true, then the caller is done. Names of requested headers need not be sorted here, unlike in rs/cors.
 */
export function corsMiddleware(
  options: CorsOptions,
): (exchange: Exchange) => boolean | Promise<boolean> {
  const policy = new CorsPolicy(options);
  return (exchange) => {
    const isPreflight =
      exchange.method === "OPTIONS" &&
      (exchange.headers["access-control-request-method"] ?? "") !== "";
    if (isPreflight) return policy.answerPreflight(exchange);
    policy.mark(exchange);
    return false;
  };
}

class CorsPolicy {
  readonly #options: CorsOptions;
  readonly #isOriginAllowed: (origin: string) => boolean;
  readonly #methods: readonly string[];
  readonly #headers: ReadonlySet<string>;
  readonly #isAnyOrigin: boolean;
  readonly #exposed: string;

  constructor(options: CorsOptions) {
    this.#options = options;
    const { allowedOrigins, allowedMethods, allowedHeaders } = options;
    const isListEmpty = allowedOrigins.length === 0 && options.isOriginAllowed === undefined;
    this.#isAnyOrigin = isListEmpty || allowedOrigins.includes("*");
    this.#isOriginAllowed =
      options.isOriginAllowed ?? originMatcher(allowedOrigins, this.#isAnyOrigin);
    this.#methods = allowedMethods.length === 0 ? ["GET", "POST", "HEAD"] : allowedMethods;
    const headers =
      allowedHeaders.length === 0
        ? ["accept", "content-type", "x-requested-with"]
        : allowedHeaders.map((name) => name.toLowerCase());
    this.#headers = new Set(headers);
    this.#exposed = options.exposedHeaders.map(canonicalName).join(", ");
  }

  mark(exchange: Exchange): void {
    const to = exchange.responseHeaders;
    to["Vary"] = "Origin";
    const origin = exchange.headers.origin ?? "";
    if (origin === "" || !this.#isOriginAllowed(origin)) return;
    if (!this.#isMethodAllowed(exchange.method)) return;
    to["Access-Control-Allow-Origin"] = this.#isAnyOrigin ? "*" : origin;
    if (this.#exposed !== "") to["Access-Control-Expose-Headers"] = this.#exposed;
    if (this.#options.allowCredentials) to["Access-Control-Allow-Credentials"] = "true";
  }

  async answerPreflight(exchange: Exchange): Promise<boolean> {
    const to = exchange.responseHeaders;
    to["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    const origin = exchange.headers.origin ?? "";
    const method = String(exchange.headers["access-control-request-method"]);
    const wanted = exchange.headers["access-control-request-headers"] ?? "";
    if (this.#isPreflightAllowed(origin, method, wanted)) {
      const { allowCredentials } = this.#options;
      const maxAgeSeconds = Math.trunc(this.#options.maxAgeSeconds);
      to["Access-Control-Allow-Origin"] = this.#isAnyOrigin ? "*" : origin;
      to["Access-Control-Allow-Methods"] = method;
      if (wanted !== "") to["Access-Control-Allow-Headers"] = wanted;
      if (allowCredentials) to["Access-Control-Allow-Credentials"] = "true";
      if (maxAgeSeconds !== 0) to["Access-Control-Max-Age"] = String(Math.max(0, maxAgeSeconds));
    }
    await exchange.send(204, {});
    return true;
  }

  #isPreflightAllowed(origin: string, method: string, wanted: string): boolean {
    if (origin === "" || !this.#isOriginAllowed(origin) || !this.#isMethodAllowed(method)) {
      return false;
    }
    if (this.#headers.has("*")) return true;
    const names = wanted.split(",").map((name) => name.trim().toLowerCase());
    return names.every((name) => name === "" || this.#headers.has(name));
  }

  #isMethodAllowed(method: string): boolean {
    return method === "OPTIONS" || this.#methods.includes(method);
  }
}

function originMatcher(
  allowed: readonly string[],
  isAnyOrigin: boolean,
): (origin: string) => boolean {
  if (isAnyOrigin) return () => true;
  const patterns = allowed.map((pattern) => pattern.toLowerCase());
  const exact = new Set(patterns);
  const wild = patterns.flatMap((pattern) => {
    const star = pattern.indexOf("*");
    return star < 0 ? [] : [{ head: pattern.slice(0, star), tail: pattern.slice(star + 1) }];
  });
  return (origin) => {
    const text = origin.toLowerCase();
    if (exact.has(text)) return true;
    return wild.some(
      ({ head, tail }) =>
        text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail),
    );
  };
}

/** `x-stream-output` as `X-Stream-Output`, like Go's CanonicalHeaderKey. */
function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
