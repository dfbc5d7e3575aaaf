import { RestApiError, type RestTarget } from "#api";
import { messageOf } from "#lib";
import { openLibp2pBridge } from "#peer";

import { libp2pScheme } from "./hosts.ts";
import { stop } from "./stop.ts";

const connectMs = 30_000;

/**
 * The target with socket files instead of libp2p addresses; a peer that cannot be reached is left out when there are others.
 * @throws {RestApiError} when there are none
 */
export async function withBridges(
  target: RestTarget,
  secret: string,
  stack: AsyncDisposableStack,
): Promise<RestTarget> {
  const how = { secret, timeoutMs: target.timeoutMs ?? connectMs };
  const urls: string[] = [];
  let failure: RestApiError | undefined;
  for (const url of [target.url, ...(target.fallbacks ?? [])]) {
    const bridged = url.startsWith(libp2pScheme) ? await bridge(url, how, stack) : url;
    if (typeof bridged === "string") urls.push(bridged);
    else failure = bridged;
  }
  const [url, ...fallbacks] = urls;
  if (url !== undefined) return { ...target, url, fallbacks };
  throw failure ?? new RestApiError(0, "no addresses");
}

async function bridge(
  url: string,
  { secret, timeoutMs }: { readonly secret: string; readonly timeoutMs: number },
  stack: AsyncDisposableStack,
): Promise<string | RestApiError> {
  const presharedKey = secret === "" ? undefined : Buffer.from(secret, "hex");
  if (presharedKey !== undefined && presharedKey.length !== 32) {
    throw stop("creating API client", "length of ProtectorKey should be 32");
  }
  const address = url.slice(libp2pScheme.length);
  try {
    const { socketPath } = stack.use(await openLibp2pBridge({ address, presharedKey, timeoutMs }));
    return `unix:${socketPath}`;
  } catch (cause) {
    const peer = address.split("/").at(-1) ?? "";
    const request = { method: "GET", url: `libp2p://${peer}`, path: "" };
    return new RestApiError(0, messageOf(cause), { cause, request });
  }
}
