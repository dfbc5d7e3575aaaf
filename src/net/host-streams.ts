import type { Connection, Libp2p, PeerId, Stream as Libp2pStream } from "@libp2p/interface";

import { abortReason, asError, type Clock, messageOf } from "#lib";
import type { SignalOptions } from "#model";

import { DialError, ProtocolError, StreamResetError } from "./errors.ts";
import { ipOf } from "./services/filters.ts";
import { HostStream } from "./streams/stream.ts";
import type { HandlerLimits, Stream, StreamOptions } from "./types.ts";

/** Streams of one protocol that one connection may have open at once. */
const inboundStreamsMax = 32;
const outboundStreamsMax = 256;

/** How long a stream's protocol may be negotiated. */
const negotiationMs = 10_000;

interface Deps {
  readonly libp2p: Libp2p;
  readonly clock: Clock;
}

/** Registers a handler; what it throws resets the stream. */
export async function handleProtocols(
  { libp2p, clock }: Deps,
  protocols: readonly string[],
  handler: {
    run(stream: Stream): void | Promise<void>;
    readonly limits?: HandlerLimits | undefined;
  },
): Promise<AsyncDisposable> {
  const { limits = {} } = handler;
  await libp2p.handle(
    [...protocols],
    async (stream, connection) => {
      const wrapped = wrap(stream, connection, clock);
      try {
        await handler.run(wrapped);
      } catch (thrown) {
        wrapped.abort(asError(thrown));
      }
    },
    {
      maxInboundStreams: limits.inboundStreamsMax ?? inboundStreamsMax,
      maxOutboundStreams: limits.outboundStreamsMax ?? outboundStreamsMax,
      runOnLimitedConnection: limits.isLimitedAllowed ?? false,
    },
  );
  return {
    async [Symbol.asyncDispose]() {
      if (libp2p.status === "started") await libp2p.unhandle([...protocols]);
    },
  };
}

/** A stream on the best connection there is; dials when there is none. @throws {DialError} {ProtocolError} */
export async function openStream(
  { libp2p, clock }: Deps,
  target: { readonly peer: PeerId; readonly protocols: readonly string[] },
  options: StreamOptions & { dial(signal: SignalOptions): Promise<Connection> },
): Promise<Stream> {
  const { peer, protocols } = target;
  const isLimitedAllowed = options.isLimitedAllowed ?? false;
  const open = libp2p
    .getConnections(peer)
    .filter(
      ({ status, limits }) => status === "open" && (isLimitedAllowed || limits === undefined),
    );
  // the oldest stays longest: both sides keep to it
  const best = open.find(({ limits }) => limits === undefined) ?? open[0];
  if (best === undefined && options.isConnectedOnly === true) {
    throw new DialError(peer.toString(), "not connected");
  }
  const connection = best ?? (await options.dial(options));
  using deadline = withDeadline(clock, negotiationMs, options.signal);
  try {
    const stream = await connection.newStream([...protocols], {
      signal: deadline.signal,
      runOnLimitedConnection: isLimitedAllowed,
      maxOutboundStreams: outboundStreamsMax,
    });
    return wrap(stream, connection, clock);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw abortReason(options.signal);
    throw new ProtocolError(peer.toString(), protocols, messageOf(thrown));
  }
}

function wrap(stream: Libp2pStream, connection: Connection, clock: Clock): HostStream {
  return new HostStream(stream, {
    peer: connection.remotePeer.toString(),
    ip: ipOf(connection.remoteAddr),
    isLimited: connection.limits !== undefined,
    clock,
  });
}

/**
 * libp2p ends the streams of a connection that it closes as if we had said all. Those that we have not closed are reset, so
 * that the peer does not take a part for the whole.
 */
export function resetUnfinished(connection: Connection): void {
  for (const stream of connection.streams) {
    if (stream.writeStatus === "writable") {
      stream.abort(new StreamResetError("the connection is closed here"));
    }
  }
}

/** A signal that is aborted with another or when the time is over; let go of at the end of its scope. */
export function withDeadline(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = new AbortController();
  const onAbort = (): void => controller.abort(abortReason(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  clock.sleep(ms, timer.signal).then(
    () => controller.abort(new Error(`nothing came for ${ms} ms`)),
    () => undefined,
  );
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", onAbort);
      timer.abort();
    },
  };
}
