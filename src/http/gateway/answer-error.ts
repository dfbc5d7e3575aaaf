import type {
  DamagedDagError,
  LinkNotFoundError,
  NotUnixFsError,
  UndecodableBlockError,
} from "#dag";
import { CodedError, type Logger, messageOf } from "#lib";
import type { BlockNotFoundError, InvalidPathError } from "#model";

import type { Exchange, ResponseHeaders } from "../kernel/index.ts";
import type * as own from "./errors.ts";
import { RangeNotSatisfiableError, RetrievalTimeoutError } from "./errors.ts";
import { allowedMethods } from "./headers.ts";
import { escapeHtml, page } from "./html.ts";
import type { Target } from "./target.ts";

type Answerable =
  | BlockNotFoundError
  | DamagedDagError
  | InvalidPathError
  | LinkNotFoundError
  | NotUnixFsError
  | UndecodableBlockError
  | InstanceType<(typeof own)[keyof typeof own]>;

/** Every reason for which there is no content, and its status. A code that is missing here does not compile. */
const statusByCode: Readonly<Record<Answerable["code"], number>> = {
  INVALID_PATH: 400,
  INVALID_RANGE: 400,
  SERVICE_WORKER_SCOPE: 400,
  UNKNOWN_FORMAT: 400,
  FORMAT_NAMESPACE: 400,
  BLOCK_NOT_FOUND: 404,
  LINK_NOT_FOUND: 404,
  PAGE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  NOT_UNIXFS: 406,
  NOT_CACHED: 412,
  PRECONDITION_FAILED: 412,
  RANGE_NOT_SATISFIABLE: 416,
  CONTENT_SIZE: 500,
  DAMAGED_DAG: 500,
  UNDECODABLE_BLOCK: 500,
  NAMES_NOT_SUPPORTED: 501,
  PATH_REMAINDER: 501,
  RETRIEVAL_TIMEOUT: 504,
};

const statusTexts: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  412: "Precondition Failed",
  416: "Range Not Satisfiable",
  500: "Internal Server Error",
  501: "Not Implemented",
  504: "Gateway Timeout",
};

/** Answers with what went wrong: text, or a page for who takes HTML. */
export function answerError(
  exchange: Exchange,
  thrown: unknown,
  about: { readonly target: Target | undefined; readonly logger: Logger },
): Promise<void> {
  const status = statusOf(thrown);
  if (status === undefined) {
    about.logger.error("gateway request failed", { path: exchange.rawPath, error: thrown });
  }
  const code = status ?? 500;
  const message = status === undefined ? "internal error" : wordingOf(thrown, about.target);
  const isPage = exchange.headers.accept?.includes("text/html") === true;
  const headers: ResponseHeaders = {
    ...headersFor(thrown, about.target),
    "Content-Type": isPage ? "text/html" : "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    Vary: "Accept",
  };
  return exchange.send(code, headers, isPage ? errorPage(code, message) : `${message}\n`);
}

function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof CodedError)) return undefined;
  const statuses: Readonly<Record<string, number | undefined>> = statusByCode;
  return statuses[thrown.code];
}

/** Worded as boxo's gateway. */
function wordingOf(thrown: unknown, target: Target | undefined): string {
  const message = messageOf(thrown);
  if (!(thrown instanceof CodedError) || target === undefined) return message;
  switch (thrown.code) {
    case "BLOCK_NOT_FOUND":
    case "LINK_NOT_FOUND":
      return `failed to resolve ${target.text}: ${message}`;
    case "NOT_UNIXFS":
      return `${message}: fetch the raw block with ?format=raw`;
    default:
      return message;
  }
}

function headersFor(thrown: unknown, target: Target | undefined): ResponseHeaders {
  const headers: ResponseHeaders = { "Cache-Control": "no-store" };
  if (target !== undefined) headers["X-Ipfs-Path"] = target.url;
  if (!(thrown instanceof CodedError)) return headers;
  if (thrown.code === "METHOD_NOT_ALLOWED") headers["Allow"] = allowedMethods;
  // the directory is here, and it will never have that entry
  if (thrown.code === "LINK_NOT_FOUND") headers["Cache-Control"] = "public, max-age=300";
  if (thrown instanceof RangeNotSatisfiableError) {
    headers["Content-Range"] = `bytes */${thrown.sizeBytes}`;
    headers["Accept-Ranges"] = "bytes";
  }
  if (thrown instanceof RetrievalTimeoutError) {
    headers["Retry-After"] = String(Math.ceil(thrown.timeoutMs / 1000));
  }
  return headers;
}

function errorPage(status: number, message: string): string {
  const title = `${status} ${statusTexts[status] ?? "Error"}`;
  return `${page.start(title)}<h1>${title}</h1>\n<pre>${escapeHtml(message)}</pre>\n${page.end}`;
}
