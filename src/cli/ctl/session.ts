import {
  createRestClient,
  type Credentials,
  RestApiError,
  type RestClient,
  type RestTarget,
} from "#api";
import { codeOf } from "#lib";

import { parsePair } from "../credentials.ts";
import { toJson } from "../output.ts";
import { ExitError, type Invocation } from "../urfave/index.ts";
import { goCause } from "./go-cause.ts";
import { libp2pScheme, urlsOfHosts } from "./hosts.ts";
import { stop } from "./stop.ts";

/** Looks at the flags of every command before one runs. @throws {ExitError} */
export async function checkGlobals(invocation: Invocation): Promise<void> {
  const isDebug = invocation.bool("debug");
  if (isDebug) log(invocation, "DEBUG", "debug level enabled");
  const secret = secretProblem(invocation.string("secret"));
  if (secret !== undefined) throw stop("parsing secret", secret);
  if (isDebug && isJustSecure(invocation)) {
    const advice =
      'SSL automatically enabled with basic auth credentials. Set "force-http" to disable';
    log(invocation, "WARN", advice);
  }
  if (!["text", "json"].includes(invocation.string("encoding"))) {
    throw stop("", "unsupported encoding");
  }
  await targetOf(invocation);
}

/** Where the flags of every command say that the API is. @throws {ExitError} */
export async function targetOf(invocation: Invocation): Promise<RestTarget> {
  const isSecure = invocation.globalBool("https") || isJustSecure(invocation);
  const [url, ...fallbacks] = await urlsOfHosts(invocation.globalString("host"), isSecure);
  const seconds = Number(invocation.globalString("timeout"));
  return {
    url,
    fallbacks,
    credentials: credentialsOf(invocation),
    isUnchecked: invocation.globalBool("no-check-certificate"),
    timeoutMs: seconds > 0 ? seconds * 1000 : undefined,
    onRequest: invocation.globalBool("debug")
      ? (method, path) => log(invocation, "DEBUG", `${method}: ${path}`)
      : undefined,
  };
}

/** Runs a command with a client; what the API answers instead of a result is printed and ends the program. */
export async function withClient(
  invocation: Invocation,
  work: (client: RestClient, target: RestTarget) => Promise<void>,
  { isUpload = false }: { readonly isUpload?: boolean } = {},
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  try {
    const bridged = await bridgedTarget(invocation, stack);
    const target = isUpload ? await thatAnswers(bridged) : bridged;
    await work(createRestClient(target), target);
  } catch (error) {
    if (error instanceof RestApiError) throw await printError(error, invocation);
    throw error;
  }
}

/** What bridges need is a good part of a peer, and loaded only for them. */
async function bridgedTarget(
  invocation: Invocation,
  stack: AsyncDisposableStack,
): Promise<RestTarget> {
  const target = await targetOf(invocation);
  const urls = [target.url, ...(target.fallbacks ?? [])];
  if (!urls.some((url) => url.startsWith(libp2pScheme))) return target;
  const { withBridges } = await import("./bridges.ts");
  return withBridges(target, { secret: invocation.globalString("secret"), stack });
}

/** An upload is sent once only, so that whoever will take it is found before. */
async function thatAnswers(target: RestTarget): Promise<RestTarget> {
  for (const url of target.fallbacks?.length ? [target.url, ...target.fallbacks] : []) {
    const only = { ...target, url, fallbacks: [] };
    try {
      await createRestClient(only).version();
      return only;
    } catch (error) {
      if (!(error instanceof RestApiError) || error.status !== 0) return only;
    }
  }
  return target;
}

/** Prints a result as text, or as the API answered it. */
export async function print<T>(
  invocation: Invocation,
  result: T,
  toText: (result: T) => string,
): Promise<void> {
  const text = isJson(invocation) ? toJson(result) : toText(result);
  if (text !== "") await invocation.context.write(`${text}\n`);
}

/** Prints results one by one as they come. */
export async function printEach<T>(
  invocation: Invocation,
  results: AsyncIterable<T>,
  toText: (result: T) => string,
): Promise<void> {
  for await (const result of results) await print(invocation, result, toText);
}

export function isJson(invocation: Invocation): boolean {
  return invocation.globalString("encoding") === "json";
}

async function printError(error: RestApiError, invocation: Invocation): Promise<ExitError> {
  const { status, request } = error;
  if (status === 0 && request === undefined) return brokenStream(error);
  const message = request === undefined ? error.message : silence(request, error);
  const text = isJson(invocation)
    ? toJson({ code: status, message })
    : `An error occurred:\n  Code: ${status}\n  Message: ${message}`;
  await invocation.context.write(`${text}\n`);
  return new ExitError("", status === 0 ? 1 : 2, { cause: error });
}

const timedOut =
  "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

/** An answer that ended in the middle is no error of the API's: it is told on stderr. */
function brokenStream(error: RestApiError): ExitError {
  const cause = codeOf(error.cause);
  return cause === "REQUEST_TIMEOUT" ? stop("", timedOut, 62) : stop("", "unexpected EOF");
}

function silence(request: NonNullable<RestApiError["request"]>, error: Error): string {
  const { method, url, path } = request;
  const verb = `${method.charAt(0)}${method.slice(1).toLowerCase()}`;
  // a socket file has no name of its own in a URL
  const base = url.startsWith("unix:") ? "http+unix://restapi" : url;
  return `${verb} "${base}${path}": ${goCause(error.cause, error.message)}`;
}

function credentialsOf(invocation: Invocation): Credentials | undefined {
  const pair = parsePair(invocation.globalString("basic-auth"));
  return pair?.username === "" ? undefined : pair;
}

/** Credentials are not sent in the clear unless it is wished. */
function isJustSecure(invocation: Invocation): boolean {
  const isWished = invocation.globalBool("https") || invocation.globalBool("force-http");
  return credentialsOf(invocation) !== undefined && !isWished;
}

function secretProblem(text: string): string | undefined {
  const wrong = Array.from(text).find((letter) => !/[\da-fA-F]/.test(letter));
  if (wrong !== undefined) {
    const point = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `encoding/hex: invalid byte: U+${point} '${wrong}'`;
  }
  return text.length % 2 === 0 ? undefined : "encoding/hex: odd length hex string";
}

/** A line as the Go program's log writes it on stderr. */
function log(invocation: Invocation, level: "WARN" | "DEBUG", text: string): void {
  invocation.context.warn(`${new Date().toISOString()}\t${level}\tcluster-ctl\t${text}\n`);
}
