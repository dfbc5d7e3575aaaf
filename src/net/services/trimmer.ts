import type { Connection, Libp2p } from "@libp2p/interface";
import { KEEP_ALIVE } from "@libp2p/interface";

import type { Clock, Logger } from "#lib";

import { closeConnection } from "./close-connection.ts";
import type { ProtectedPeers } from "./protected-peers.ts";

/** A new connection is left alone so long, to show what it is good for; as Kubo. */
const graceMs = 20_000;
/** Between two looks at the number of connections. */
const pauseMs = 1_000;

export interface TrimmerDeps {
  readonly libp2p: Pick<
    Libp2p,
    "getConnections" | "peerStore" | "addEventListener" | "removeEventListener"
  >;
  readonly isProtected: ProtectedPeers["has"];
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Closes connections when there are more than `highWater`, until `lowWater` are left: those of the least valued peers
 * first, then those with the fewest streams, inbound before outbound, young before old. Never those of protected peers, nor
 * of peers that libp2p's own services tagged to be kept.
 */
export function startTrimmer(
  { libp2p, isProtected, clock, log }: TrimmerDeps,
  { highWater, lowWater }: { readonly highWater: number; readonly lowWater: number },
): Disposable {
  const stopped = new AbortController();
  let isRunning = false;
  const trim = async (): Promise<void> => {
    while (!stopped.signal.aborted && libp2p.getConnections().length > highWater) {
      await trimOnce();
      await clock.sleep(pauseMs, stopped.signal).catch(() => undefined); // stopped
    }
  };
  const trimOnce = async (): Promise<void> => {
    const connections = libp2p.getConnections();
    const oldest = clock.now() - graceMs;
    const ranked = await rank(
      libp2p,
      connections.filter(
        ({ remotePeer, timeline }) => timeline.open < oldest && !isProtected(remotePeer.toString()),
      ),
    );
    const victims = ranked.slice(0, Math.max(0, connections.length - lowWater));
    await Promise.all(victims.map((connection) => closeConnection(connection, clock)));
    if (victims.length > 0)
      log.debug("trimmed connections", { before: connections.length, closed: victims.length });
  };
  const onOpen = (): void => {
    if (isRunning || libp2p.getConnections().length <= highWater) return;
    isRunning = true;
    void trim()
      .catch((error: unknown) => log.warn("connections were not trimmed", { error }))
      .finally(() => {
        isRunning = false;
      });
  };
  libp2p.addEventListener("connection:open", onOpen);
  return {
    [Symbol.dispose]: () => {
      stopped.abort();
      libp2p.removeEventListener("connection:open", onOpen);
    },
  };
}

interface Ranked {
  readonly connection: Connection;
  readonly value: number;
}

async function rank(
  libp2p: Pick<Libp2p, "peerStore">,
  connections: readonly Connection[],
): Promise<Connection[]> {
  const ranked: Ranked[] = [];
  for (const connection of connections) {
    const value = await valueOf(libp2p, connection);
    if (value !== undefined) ranked.push({ connection, value });
  }
  return ranked
    .toSorted((a, b) => a.value - b.value || order(a.connection, b.connection))
    .map(({ connection }) => connection);
}

function order(a: Connection, b: Connection): number {
  const direction = Number(a.direction === "outbound") - Number(b.direction === "outbound");
  return a.streams.length - b.streams.length || direction || b.timeline.open - a.timeline.open;
}

/** What libp2p's services think of the peer; undefined: keep it. */
async function valueOf(
  libp2p: Pick<Libp2p, "peerStore">,
  { remotePeer }: Connection,
): Promise<number | undefined> {
  const tags = await libp2p.peerStore.get(remotePeer).then(
    (peer) => [...peer.tags],
    () => [], // forgotten in the meantime
  );
  if (tags.some(([name]) => name.startsWith(KEEP_ALIVE))) return undefined;
  return tags.reduce((sum, [, { value }]) => sum + value, 0);
}
