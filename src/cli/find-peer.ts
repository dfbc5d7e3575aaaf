import { createRestClient, type Credentials, type RestClient } from "#api";
import { chooseFolder, type DataFolder, readRunFile } from "#peer";

import type { Context } from "./command.ts";
import { NoPeerError, UsageError } from "./errors.ts";
import type { Input } from "./input.ts";
import { createRpcClient, type RpcClient } from "./rpc-client.ts";

/** The REST API: `--host`, else of the peer that runs in the data folder, else 127.0.0.1:9094. */
export async function findRest(input: Input, context: Context): Promise<RestClient> {
  const url = await findUrl("rest", input, context);
  return createRestClient({ url, credentials: credentialsOf(input, context) });
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
  if (given !== undefined) return parseEndpoint(given, place.flag, input.command.name);
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

/** Reads a URL, `host:port`, or a multiaddr `/ip4/…/tcp/…[/http|/https]`. @throws {UsageError} */
export function parseEndpoint(text: string, flag: string, command?: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  const parts = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/(tls|https?))*\/?$/.exec(
    text,
  );
  if (parts !== null) {
    const [, protocol, host, port, last] = parts;
    const scheme = last === "https" || last === "tls" || text.includes("/tls/") ? "https" : "http";
    return `${scheme}://${protocol === "ip6" ? `[${host}]` : host}:${port}`;
  }
  if (/^[\w.-]+:\d{1,5}$/.test(text)) return `http://${text}`;
  const expected = "expected a multiaddr such as /ip4/127.0.0.1/tcp/9094, or a URL";
  throw new UsageError(`flag --${flag}: ${expected}, got "${text}"`, command);
}

function credentialsOf(input: Input, context: Context): Credentials | undefined {
  const pair = input.text("basic-auth") ?? context.environment["CLUSTER_CREDENTIALS"];
  if (pair === undefined || pair === "") return undefined;
  const colon = pair.indexOf(":");
  if (colon < 0) return { username: pair, password: "" };
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
