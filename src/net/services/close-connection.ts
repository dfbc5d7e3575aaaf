import type { Connection } from "@libp2p/interface";

const closeTimeoutMs = 1_000;

/** Closes a connection, by force when the peer does not play along. */
export async function closeConnection(connection: Connection): Promise<void> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error("the peer did not close in time")),
    closeTimeoutMs,
  );
  try {
    await connection.close({ signal: timeout.signal });
  } catch {
    connection.abort(new Error("closed by force"));
  } finally {
    clearTimeout(timer);
  }
}
