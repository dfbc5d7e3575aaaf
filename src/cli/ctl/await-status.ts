import type { GlobalPinInfoJson, RestClient } from "#api";

import { WaitFailedError, WaitTimeoutError } from "../errors.ts";
import type { Invocation } from "../urfave/index.ts";
import { waitForStatus } from "../wait-for-status.ts";
import { stop } from "./stop.ts";

const doing = "waiting for pin status";

/** Waits as `--wait` wishes. @throws {ExitError} 62 when time runs out, 1 when a peer fails */
export async function awaitStatus(
  client: RestClient,
  cid: string,
  wish: {
    readonly invocation: Invocation;
    readonly target: "pinned" | "unpinned";
    readonly limit: number;
  },
): Promise<GlobalPinInfoJson> {
  const { invocation, target, limit } = wish;
  const timeoutMs = invocation.durationMs("wait-timeout") || undefined;
  try {
    return await waitForStatus(client, cid, { target, limit, timeoutMs });
  } catch (error) {
    if (error instanceof WaitTimeoutError) throw stop(doing, "context deadline exceeded", 62);
    if (!(error instanceof WaitFailedError)) throw error;
    throw stop(doing, `error has occurred while attempting to reach status: ${target}`);
  }
}
