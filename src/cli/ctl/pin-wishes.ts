import { durationProblem, parseDuration } from "#lib";
import { peerIdBytes, peerIdText } from "#model";

import type { Invocation } from "../urfave/index.ts";
import { stop } from "./stop.ts";

/** When `--expire-in` is over, in milliseconds; undefined when it was not given. @throws {ExitError} */
export function expiryOf(invocation: Invocation): number | undefined {
  const text = invocation.string("expire-in");
  if (text === "") return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw stop("parsing expire-in", durationProblem(text));
  return Date.now() + ms;
}

/** @throws {ExitError} for one without `=` */
export function metadataOf(invocation: Invocation): Record<string, string> {
  const pairs = invocation.strings("metadata").map((text) => {
    const at = text.indexOf("=");
    if (at < 0) throw stop("parsing metadata", "metadata were not in the format key=value");
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** The peer ids of `--allocations`, those that are some. */
export function allocationsOf(invocation: Invocation): {
  readonly peers: readonly string[];
  readonly isComplete: boolean;
} {
  const text = invocation.string("allocations");
  if (text === "") return { peers: [], isComplete: true };
  const all = text.split(",").map((id) => id.trim());
  const peers = all.flatMap((id) => peerIn(id) ?? []);
  return { peers, isComplete: peers.length === all.length };
}

function peerIn(text: string): string | undefined {
  try {
    return peerIdText(peerIdBytes(text));
  } catch {
    return undefined; // the caller counts
  }
}
