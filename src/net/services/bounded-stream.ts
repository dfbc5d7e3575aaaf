import type { Stream } from "@libp2p/interface";

import { ReadQueue } from "../streams/read-queue.ts";
import { type Libp2pParts, withParts } from "./libp2p-parts.ts";

/**
 * The same parts for a service that reads its streams with `for await` or `pipe`. libp2p's way queues without end while the
 * service is busy; here the peer is held back.
 */
export function withBoundedStreams(parts: Libp2pParts): Libp2pParts {
  const registrar = new Proxy(parts.registrar, {
    get: (target, key) => {
      if (key === "handle")
        return (...[protocols, handler, options]: Parameters<typeof target.handle>) =>
          target.handle(
            protocols,
            (stream, connection) => handler(readWithinBounds(stream), connection),
            options,
          );
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return withParts(parts, { registrar });
}

/** Looks like a source of bytes rather than one of events, which is how libp2p's `pipe` chooses. */
function readWithinBounds(stream: Stream): Stream {
  const queue = new ReadQueue(stream);
  return new Proxy(stream, {
    get: (target, key) => {
      if (key === Symbol.asyncIterator) return () => piecesOf(queue);
      if (key === "addEventListener") return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function* piecesOf(queue: ReadQueue): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const pieces = await queue.take();
      if (pieces === undefined) return;
      yield* pieces;
    }
  } finally {
    queue.stop();
  }
}
