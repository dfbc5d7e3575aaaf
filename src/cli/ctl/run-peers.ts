import { messageOf } from "#lib";
import { peerIdBytes } from "#model";

import { idLines } from "../text/pin-text.ts";
import type { Invocation } from "../urfave/index.ts";
import { print, printEach, withClient } from "./session.ts";
import { stop } from "./stop.ts";

export function runId(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) => print(invocation, await client.id(), idLines));
}

export function runVersion(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) =>
    print(invocation, await client.version(), ({ version }) => version),
  );
}

export function runPeersLs(invocation: Invocation): Promise<void> {
  return withClient(invocation, (client) => printEach(invocation, client.peers(), idLines));
}

export function runPeersRm(invocation: Invocation): Promise<void> {
  const [peer = ""] = invocation.words;
  try {
    peerIdBytes(peer);
  } catch (error) {
    throw stop("parsing peer ID", messageOf(error));
  }
  return withClient(invocation, (client) => client.peerRemove(peer));
}
