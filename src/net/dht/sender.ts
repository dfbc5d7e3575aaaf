import type { PeerId } from "@libp2p/interface";

import { abortReason, asError, type Clock, startDeadline } from "#lib";
import type { SignalOptions } from "#model";

import { HostStream } from "../streams/stream.ts";
import type { HostComponents } from "./kad-components.ts";

export interface SenderDeps {
  readonly connections: Pick<HostComponents["connectionManager"], "openStream">;
  readonly protocol: string;
  readonly clock: Clock;
  /** For the dial, for each piece, and for the end. */
  readonly timeoutMs: number;
}

/** Bytes that are joined before they are written. */
const pieceBytes = 16 * 1024;

/**
 * Sends messages that nobody answers over one stream, and waits until the peer has closed it: it has then read them.
 * Answers how many bytes went.
 * @throws when the peer cannot be reached, breaks off while it is told, or takes nothing for the time-out
 */
export async function sendFrames(
  deps: SenderDeps,
  peer: PeerId,
  options: SignalOptions & { readonly frames: Iterable<Uint8Array> },
): Promise<number> {
  const within = <T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline(deps, options.signal, act);
  const opened = await within((signal) =>
    deps.connections.openStream(peer, deps.protocol, { signal }),
  );
  const stream = new HostStream(opened, {
    peer: peer.toString(),
    isLimited: false,
    clock: deps.clock,
  });
  let sentBytes = 0;
  try {
    for (const piece of joined(options.frames)) {
      await within((signal) => stream.send(piece, { signal }));
      sentBytes += piece.length;
    }
    await within((signal) => stream.closeWrite({ signal }));
  } catch (thrown) {
    stream.abort(asError(thrown));
    throw thrown;
  }
  await within((signal) => untilClosed(stream, signal)).catch((thrown: unknown) => {
    // All of it went out. Some programs reset a stream that ends without a question.
    stream.abort(asError(thrown));
    if (options.signal?.aborted === true) throw abortReason(options.signal);
  });
  return sentBytes;
}

async function untilClosed(stream: HostStream, signal: AbortSignal): Promise<void> {
  const rest = stream.chunks({ signal });
  while ((await rest.next()).done !== true);
  await stream.close({ signal });
}

async function withDeadline<T>(
  { clock, timeoutMs }: SenderDeps,
  outer: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(clock, timeoutMs, outer);
  try {
    return await act(deadline.signal);
  } finally {
    deadline.stop();
  }
}

function* joined(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const frame of frames) {
    waiting.push(frame);
    sizeBytes += frame.length;
    if (sizeBytes < pieceBytes) continue;
    yield Buffer.concat(waiting);
    [waiting, sizeBytes] = [[], 0];
  }
  if (sizeBytes > 0) yield Buffer.concat(waiting);
}
