import { createRestClient, type RestClient } from "#api";
import { chooseFolder, type DataFolder, readRunFile } from "#peer";

import type { Context } from "./command.ts";
import { credentialsOf, isSecureWanted } from "./credentials.ts";
import { NoPeerError, UsageError } from "./errors.ts";
import type { Input } from "./input.ts";
import { createRpcClient, type RpcClient } from "./rpc-client.ts";

/** The REST API: `--host`, else of the peer that runs in the data folder, else 127.0.0.1:9094. */
export async function findRest(input: Input, context: Context): Promise<RestClient> {
  const url = await findUrl("rest", input, context);
  const isUnchecked = input.flag("no-check-certificate");
  return createRestClient({ url, credentials: credentialsOf(input, context), isUnchecked });
}

/** Kubo's RPC: `--api`, else of the peer that runs in the data folder, else 127.0.0.1:5001. */
export async function findRpc(input: Input, context: Context): Promise<RpcClient> {
  return createRpcClient(await findUrl("rpc", input, context));
}

const places = {
  rest: { flag: "host", name: "REST API", fallback: "http://127.0.0.1:9094" },
  rpc: { flag: "api", name: "Kubo RPC", fallback: "http://127.0.0.1:5001" },
} as const;

async function findUrl(kind: "rest" | "rpc", input: Input, context: Context): Promise<string> {
  const place = places[kind];
  const given = input.text(place.flag);
  if (given !== undefined) {
    const isSecure = kind === "rest" && isSecureWanted(input, context);
    return parseEndpoint(given, { flag: place.flag, command: input.command.name, isSecure });
  }
  const { folder, isNamed } = folderOf(input, context);
  const running = await readRunFile(folder);
  if (running === undefined) {
    if (!isNamed) return place.fallback;
    const start = `pinfold daemon --data ${folder.path}`;
    throw new NoPeerError(`no peer runs in ${folder.path}: start it with \`${start}\``);
  }
  const url = running[kind];
  if (url !== undefined) return url;
  throw new NoPeerError(`the peer in ${folder.path} has its ${place.name} turned off`);
}

/** Whether a peer runs in the folder that the command is about, or one was named. */
export async function isPeerWanted(input: Input, context: Context): Promise<boolean> {
  if (input.has("api") || input.has("host")) return true;
  return (await readRunFile(folderOf(input, context).folder)) !== undefined;
}

export function folderOf(
  input: Input,
  context: Context,
): { readonly folder: DataFolder; readonly isNamed: boolean } {
  const wish = { data: input.text("data"), config: input.text("config") };
  return chooseFolder(wish, context.environment);
}

export interface EndpointHints {
  readonly flag: string;
  readonly command?: string;
  /** Whether an address that does not tell is one of HTTPS. */
  readonly isSecure?: boolean;
}

/**
 * Reads a URL, `host:port`, or a multiaddr `/ip4/…/tcp/…[/http|/https]` or `/unix/…`, which becomes `unix:/…`.
 * @throws {UsageError}
 */
export function parseEndpoint(text: string, hints: EndpointHints): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  // the RPC's client has no use for a socket file yet
  if (hints.flag === "host" && /^\/unix\/[^/]/.test(text))
    return `unix:${text.slice("/unix".length)}`;
  const silent = hints.isSecure === true ? "https" : "http";
  const parts = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/(tls|https?))*\/?$/.exec(
    text,
  );
  if (parts !== null) {
    const [, protocol, host, port, last] = parts;
    const isTls = last === "https" || last === "tls" || text.includes("/tls/");
    const scheme = isTls ? "https" : (last ?? silent);
    return `${scheme}://${protocol === "ip6" ? `[${host}]` : host}:${port}`;
  }
  if (/^[\w.-]+:\d{1,5}$/.test(text)) return `${silent}://${text}`;
  const expected = "expected a multiaddr such as /ip4/127.0.0.1/tcp/9094, or a URL";
  throw new UsageError(`flag --${hints.flag}: ${expected}, got "${text}"`, hints.command);
}
