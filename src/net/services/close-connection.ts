import type { Connection } from "@libp2p/interface";

import type { Clock } from "#lib";

import { withDeadline } from "../host-streams.ts";

const closeTimeoutMs = 1_000;

/** Closes a connection, by force when the peer does not play along. */
export async function closeConnection(connection: Connection, clock: Clock): Promise<void> {
  using deadline = withDeadline(clock, closeTimeoutMs);
  try {
    await connection.close({ signal: deadline.signal });
  } catch {
    connection.abort(new Error("closed by force"));
  }
}
