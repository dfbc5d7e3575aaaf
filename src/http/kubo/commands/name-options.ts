import { durationProblem, parseDuration } from "#lib";

import { CommandError } from "../errors.ts";
import { isOffline } from "../network-access.ts";
import type { KuboRequest } from "../request.ts";

/** What `name/resolve` and `resolve` have in common. @throws {CommandError} worded as Kubo */
export function resolveOptions(request: KuboRequest): {
  readonly isRecursive: boolean;
  readonly isCacheSkipped: boolean;
  readonly isLocalOnly: boolean;
  readonly recordCount?: number;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
} {
  const timeout = request.text("dht-timeout");
  const recordCount = request.number("dht-record-count");
  const timeoutMs = timeout === undefined ? undefined : readDuration(timeout);
  if ((timeoutMs ?? 0) < 0) throw new CommandError("DHT timeout value must be >= 0");
  return {
    isRecursive: request.flag("recursive") === true,
    isCacheSkipped: request.flag("nocache") === true,
    isLocalOnly: isOffline(request),
    ...(recordCount === undefined ? {} : { recordCount }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal: request.signal,
  };
}

/** There are no delegated publishers. @throws {CommandError} worded as Kubo */
export function checkPublishing(request: KuboRequest): void {
  if (request.flag("allow-delegated") !== true) return;
  if (request.flag("allow-offline") === true) {
    throw new CommandError("cannot use both --allow-offline and --allow-delegated flags");
  }
  throw new CommandError(
    "no delegated publishers configured: add Ipns.DelegatedPublishers or use --allow-offline for local-only publishing",
  );
}

/** Milliseconds of a Go duration. @throws {CommandError} worded as Go */
export function readDuration(duration: string): number {
  const ms = parseDuration(duration);
  if (ms === undefined) throw new CommandError(durationProblem(duration));
  return ms;
}
