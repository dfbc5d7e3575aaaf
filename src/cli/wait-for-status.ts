import type { GlobalPinInfoJson, RestClient } from "#api";
import { systemClock } from "#lib";

import { WaitFailedError, WaitTimeoutError } from "./errors.ts";

export interface WaitOptions {
  readonly target: "pinned" | "unpinned";
  /** Peers that must have reached it, at most as many as there are; undefined, 0 or less: all that are asked to. */
  readonly limit?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

const pollMs = 250;
/** How long a command without `--wait` gives the peers before it prints how things stand, as ctl does. */
const settleMs = 1000;

/**
 * Asks until enough peers have reached the target.
 * @throws {WaitFailedError} when one fails
 * @throws {WaitTimeoutError} when time runs out
 */
export async function waitForStatus(
  client: RestClient,
  cid: string,
  options: WaitOptions,
): Promise<GlobalPinInfoJson> {
  const began = systemClock.now();
  for (;;) {
    const info = await client.status(cid);
    const failed = Object.values(info.peer_map).find(({ status }) => status.endsWith("_error"));
    if (failed !== undefined) {
      throw new WaitFailedError(`waiting for ${cid} to be ${options.target}: ${failed.error}`);
    }
    if (isReached(info, options)) return info;
    const { timeoutMs } = options;
    if (timeoutMs !== undefined && systemClock.now() - began >= timeoutMs) {
      throw new WaitTimeoutError(`${cid} was not ${options.target} in time`);
    }
    await systemClock.sleep(pollMs);
  }
}

/** How things stand once no peer is busy with it, or after a second. */
export async function settledStatus(client: RestClient, cid: string): Promise<GlobalPinInfoJson> {
  const began = systemClock.now();
  for (;;) {
    const info = await client.status(cid);
    const isBusy = Object.values(info.peer_map).some(({ status }) => /ning$|queued$/.test(status));
    if (!isBusy || systemClock.now() - began >= settleMs) return info;
    await systemClock.sleep(pollMs / 5);
  }
}

function isReached(info: GlobalPinInfoJson, { target, limit }: WaitOptions): boolean {
  const peers = Object.values(info.peer_map).filter(({ status }) => status !== "remote");
  const done = peers.filter(
    ({ status }) => status === target || (target === "pinned" && status === "sharded"),
  );
  if (limit === undefined || limit <= 0) return done.length >= peers.length;
  return done.length >= Math.min(limit, Object.keys(info.peer_map).length);
}
