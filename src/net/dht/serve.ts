import type { Connection, Stream } from "@libp2p/interface";

import { asError, type Clock, type Logger, messageOf } from "#lib";

import { HostStream } from "../streams/stream.ts";
import type { Answers } from "./answers.ts";
import type { DhtBounds } from "./bounds.ts";
import { decodeMessage, encodeMessage } from "./message.ts";

export interface ServeDeps {
  readonly answers: Answers;
  readonly bounds: DhtBounds;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Answers the requests on one stream, one after the other, until the peer closes it or is silent for too long. */
export async function serveStream(
  { answers, bounds, clock, log }: ServeDeps,
  inbound: Stream,
  connection: Connection,
): Promise<void> {
  const from = connection.remotePeer;
  const stream = new HostStream(inbound, { peer: from.toString(), isLimited: false, clock });
  const watch = watchIdle(clock, bounds.streamIdleMs, () => {
    stream.abort(new Error("nothing was asked for a while"));
  });
  try {
    for await (const bytes of stream.messages({ bytesMax: bounds.requestBytesMax })) {
      watch.touch();
      const answer = await answers.to(from, decodeMessage(bytes));
      if (answer !== undefined) await stream.sendMessage([encodeMessage(answer)]);
    }
    await stream.close();
  } catch (thrown) {
    log.debug("a request to the DHT failed", { peer: stream.peer, problem: messageOf(thrown) });
    stream.abort(asError(thrown));
  } finally {
    watch.stop();
  }
}

/** Calls once when nothing was touched for `ms`; looks only that often. */
function watchIdle(clock: Clock, ms: number, onIdle: () => void): { touch(): void; stop(): void } {
  const end = new AbortController();
  let touchedAt = clock.now();
  const look = async (): Promise<void> => {
    for (let restMs = ms; restMs > 0; restMs = touchedAt + ms - clock.now()) {
      await clock.sleep(restMs, end.signal);
    }
    onIdle();
  };
  look().catch(() => undefined); // stopped
  return {
    touch: () => {
      touchedAt = clock.now();
    },
    stop: () => end.abort(new Error("the stream ended")),
  };
}
