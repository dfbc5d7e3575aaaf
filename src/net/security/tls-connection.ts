import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import type { AbortOptions, MessageStream } from "@libp2p/interface";
import { AbstractMessageStream, type SendResult } from "@libp2p/utils";

import { asError } from "#lib";

import { ownReceived } from "../streams/received-memory.ts";

/** A connection whose bytes go through a TLS socket. */
export class TlsConnection extends AbstractMessageStream {
  readonly #below: MessageStream;
  readonly #socket: TLSSocket;

  constructor(below: MessageStream, socket: TLSSocket) {
    super({
      log: below.log,
      inactivityTimeout: below.inactivityTimeout,
      maxReadBufferLength: below.maxReadBufferLength,
      direction: below.direction,
    });
    this.#below = below;
    this.#socket = socket;
    socket.on("data", ({ buffer, byteOffset, byteLength }: Buffer) => {
      // a slice of a Buffer would be a view, of any other array a copy
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      ownReceived(bytes);
      this.onData(bytes);
    });
    socket.on("drain", () => this.safeDispatchEvent("drain"));
    socket.on("error", (thrown: unknown) => below.abort(asError(thrown)));
    socket.on("close", () => closeBelow(below));
    below.addEventListener("close", ({ error, local }) => {
      socket.destroy();
      if (error === undefined) this.onTransportClosed();
      else if (local === true) this.abort(error);
      else this.onRemoteReset();
    });
  }

  override sendData(list: Parameters<AbstractMessageStream["sendData"]>[0]): SendResult {
    let sentBytes = 0;
    let canSendMore = true;
    for (const piece of list) {
      sentBytes += piece.byteLength;
      canSendMore = this.#socket.write(piece);
      if (!canSendMore) break;
    }
    return { sentBytes, canSendMore };
  }

  override async close(options?: AbortOptions): Promise<void> {
    await flush(this, options);
    await endSocket(this.#socket);
  }

  override sendReset(reason: Error): void {
    this.#socket.destroy();
    this.#below.abort(reason);
  }

  override sendPause(): void {
    this.#socket.pause();
  }

  override sendResume(): void {
    this.#socket.resume();
  }
}

/** What was written arrives; then the socket is closed. */
export function endSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once("close", () => resolve());
    socket.destroySoon();
  });
}

/** Waits until everything is handed to what is below, or the signal comes. */
export async function flush(connection: MessageStream, options: AbortOptions = {}): Promise<void> {
  while (connection.status === "open" && connection.writeBufferLength > 0) {
    await connection.onDrain(options);
    // what follows the event is sent in a microtask of its own
    await Promise.resolve();
  }
}

function closeBelow(below: MessageStream): void {
  if (below instanceof AbstractMessageStream) below.onTransportClosed();
  else below.close().catch((thrown: unknown) => below.abort(asError(thrown)));
}
