import { asError, CodedError, durationProblem, linkAborts, messageOf, parseDuration } from "#lib";

import type { Exchange, Handler, ResponseHeaders } from "../kernel/index.ts";
import { commands } from "./commands/index.ts";
import { defaultKuboOptions, type KuboDeps, type KuboOptions } from "./deps.ts";
import { AskedWronglyError, DeadlineError, RefusedError } from "./errors.ts";
import { Guard } from "./guard.ts";
import { KuboOutput } from "./output.ts";
import {
  type CommandTable,
  createCommandTable,
  type ParsedRequest,
  parseRequest,
} from "./parse-request.ts";
import { KuboRequest } from "./request.ts";

const prefix = "/api/v0/";

/**
 * Kubo 0.43's HTTP RPC under /api/v0: checks, parsing, framing and errors as go-ipfs-cmds has them. Commands that are
 * not built are `404 page not found`.
 */
export function kuboHandler(deps: KuboDeps): Handler {
  const options = { ...defaultKuboOptions, ...deps.options };
  const guard = new Guard(deps, options);
  const table = createCommandTable(commands);
  const headers = commandHeaders(options);
  return async (exchange) => {
    try {
      const parsed = await admit(exchange, guard, table);
      if (parsed !== undefined) await run(deps, exchange, { parsed, headers });
    } catch (thrown) {
      if (!(thrown instanceof RefusedError) || exchange.hasBegun) throw thrown;
      await exchange.send(thrown.status, plainText, `${thrown.message}\n`);
    }
  };
}

const plainText = {
  "Content-Type": "text/plain; charset=utf-8",
  "X-Content-Type-Options": "nosniff",
};

/** Headers of the configuration but for those that shape CORS, and Server. */
function commandHeaders({ headers, version }: KuboOptions): ResponseHeaders {
  const shaping = /^access-control-allow-(?:origin|methods|credentials)$/i;
  const own = Object.entries(headers).filter(([name]) => !shaping.test(name));
  return { Server: `kubo/${version}`, ...Object.fromEntries(own) };
}

/** The checks in front of a command, outermost first; undefined when they have answered. */
async function admit(
  exchange: Exchange,
  guard: Guard,
  table: CommandTable,
): Promise<ParsedRequest | undefined> {
  const path = decodePath(exchange.rawPath);
  guard.checkClient(exchange, path);
  if (await guard.answerPreflight(exchange)) return undefined;
  if (path === "/api/v0") {
    const query = exchange.rawQuery === "" ? "" : `?${exchange.rawQuery}`;
    await exchange.send(307, { Location: `${prefix}${query}` });
    return undefined;
  }
  if (!path.startsWith(prefix)) throw new RefusedError(404, "404 page not found");
  if (exchange.method !== "POST") {
    exchange.responseHeaders["Allow"] = "OPTIONS, POST";
    if (exchange.method !== "OPTIONS") throw new RefusedError(405, "405 - Method Not Allowed");
    await exchange.send(204, {});
    return undefined;
  }
  guard.checkOrigin(exchange);
  return parseRequest(table, path.slice(prefix.length), exchange);
}

function decodePath(rawPath: string): string {
  if (!rawPath.includes("%")) return rawPath;
  try {
    return decodeURIComponent(rawPath);
  } catch {
    throw new RefusedError(400, `invalid URL escape in ${JSON.stringify(rawPath)}`);
  }
}

async function run(
  deps: KuboDeps,
  exchange: Exchange,
  work: { readonly parsed: ParsedRequest; readonly headers: ResponseHeaders },
): Promise<void> {
  const { parsed } = work;
  const timeoutMs = timeoutOf(parsed);
  const output = new KuboOutput(exchange, encodingOf(parsed), work.headers);
  const deadline = timeoutMs === undefined ? undefined : startDeadline(deps, timeoutMs);
  using ended = linkAborts(exchange.signal, deadline?.signal);
  const request = new KuboRequest(deps, parsed, ended.signal);
  try {
    const running = parsed.command.run(request, output);
    await (deadline === undefined ? running : Promise.race([running, deadline.passed]));
  } catch (thrown) {
    if (exchange.signal.aborted) throw thrown;
    if (!(thrown instanceof CodedError)) {
      deps.logger.error("command failed", { command: parsed.command.path, error: asError(thrown) });
    }
    return await output.fail(messageOf(thrown), thrown instanceof AskedWronglyError);
  } finally {
    deadline?.stop();
  }
  await output.finish();
}

function encodingOf({ options }: ParsedRequest): "json" | "text" {
  const encoding = options.get("encoding") ?? "json";
  if (encoding === "json" || encoding === "text") return encoding;
  throw new RefusedError(400, `invalid encoding: ${String(encoding)}`);
}

function timeoutOf({ options }: ParsedRequest): number | undefined {
  const text = options.get("timeout");
  if (typeof text !== "string") return undefined;
  const ms = parseDuration(text);
  // Kubo answers an empty 200 here
  if (ms === undefined) throw new RefusedError(400, durationProblem(text));
  return ms;
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Rejects when the time is over and a command had its chance to say so in its own words. */
  readonly passed: Promise<never>;
  stop(): void;
}

/** So long a command may take to say in its own words that its time is over, and to close what it has open. */
const lastWordsMs = 100;

function startDeadline({ clock }: KuboDeps, timeoutMs: number): Deadline {
  const over = new AbortController();
  const timer = new AbortController();
  const passed = clock.sleep(Math.max(0, timeoutMs), timer.signal).then(async () => {
    const error = new DeadlineError();
    over.abort(error);
    await clock.sleep(lastWordsMs, timer.signal);
    throw error;
  });
  // a stopped timer concerns nobody
  passed.catch(() => undefined);
  return { signal: over.signal, passed, stop: () => timer.abort() };
}
