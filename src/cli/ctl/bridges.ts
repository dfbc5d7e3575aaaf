import { RestApiError, type RestTarget } from "#api";
import { messageOf } from "#lib";
import { openLibp2pBridge } from "#peer";

import { libp2pScheme } from "./hosts.ts";
import { stop } from "./stop.ts";

const connectMs = 30_000;

interface BridgeOptions {
  readonly secret: string;
  /** Closes what is opened here. */
  readonly stack: AsyncDisposableStack;
  readonly open?: typeof openLibp2pBridge;
}

/**
 * The target with a socket file in the place of its libp2p addresses, leading to the first peer that can be reached. What
 * follows it is not tried: each costs a host, and maybe a long wait.
 * @throws {RestApiError} when none can be reached and there is no other address
 */
export async function withBridges(target: RestTarget, options: BridgeOptions): Promise<RestTarget> {
  const timeoutMs = target.timeoutMs ?? connectMs;
  const urls: string[] = [];
  let isBridged = false;
  let failure: RestApiError | undefined;
  for (const url of [target.url, ...(target.fallbacks ?? [])]) {
    const isLibp2p = url.startsWith(libp2pScheme);
    if (isLibp2p && isBridged) continue;
    const reached = isLibp2p ? await bridge(url, timeoutMs, options) : url;
    if (typeof reached === "string") {
      urls.push(reached);
      isBridged ||= isLibp2p;
    } else failure = reached;
  }
  const [url, ...fallbacks] = urls;
  if (url !== undefined) return { ...target, url, fallbacks };
  throw failure ?? new RestApiError(0, "no addresses");
}

async function bridge(
  url: string,
  timeoutMs: number,
  { secret, stack, open = openLibp2pBridge }: BridgeOptions,
): Promise<string | RestApiError> {
  const presharedKey = secret === "" ? undefined : Buffer.from(secret, "hex");
  if (presharedKey !== undefined && presharedKey.length !== 32) {
    throw stop("creating API client", "length of ProtectorKey should be 32");
  }
  const address = url.slice(libp2pScheme.length);
  try {
    const { socketPath } = stack.use(await open({ address, presharedKey, timeoutMs }));
    return `unix:${socketPath}`;
  } catch (cause) {
    const peer = address.split("/").at(-1) ?? "";
    const request = { method: "GET", url: `libp2p://${peer}`, path: "" };
    return new RestApiError(0, messageOf(cause), { cause, request });
  }
}
