import { randomBytes } from "node:crypto";

import type {
  AbortOptions,
  ConnectionProtector,
  MessageStream,
  StreamMessageEvent,
} from "@libp2p/interface";
import { AbstractMessageStream, type SendResult } from "@libp2p/utils";

import { abortReason } from "#lib";

import { HandshakeError, InvalidPresharedKeyError } from "../errors.ts";
import { Salsa20Stream } from "./salsa20.ts";

const keyBytes = 32;
const nonceBytes = 24;

/**
 * Lets only holders of the same key talk: everything, the negotiation of TLS or Noise included, goes through XSalsa20, as
 * in go-libp2p (`/key/swarm/psk/1.0.0`). It hides who we are from others; it proves nothing, which the layer above does.
 * @throws {InvalidPresharedKeyError}
 */
export function privateNetwork(key: Uint8Array): ConnectionProtector {
  if (key.length !== keyBytes)
    throw new InvalidPresharedKeyError(`${key.length} bytes, not ${keyBytes}`);
  return {
    protect: async (connection, options) => {
      const ours = randomBytes(nonceBytes);
      connection.send(Uint8Array.from(ours));
      const theirs = await readNonce(connection, options);
      return new PrivateConnection(
        connection,
        new Salsa20Stream(key, ours),
        new Salsa20Stream(key, theirs),
      );
    },
  };
}

function readNonce(connection: MessageStream, { signal }: AbortOptions = {}): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (): void => {
      connection.removeEventListener("message", onMessage);
      connection.removeEventListener("close", onClose);
      signal?.removeEventListener("abort", onAbort);
    };
    const onMessage = ({ data }: { readonly data: StreamMessageEvent["data"] }): void => {
      received = Buffer.concat([received, data.subarray()]);
      if (received.length < nonceBytes) return;
      end();
      if (received.length > nonceBytes) connection.unshift(received.subarray(nonceBytes));
      resolve(received.subarray(0, nonceBytes));
    };
    const onClose = (): void => {
      end();
      reject(new HandshakeError("closed before the private network's nonce"));
    };
    const onAbort = (): void => {
      end();
      reject(abortReason(signal));
    };
    if (signal?.aborted === true) return onAbort();
    if (connection.status !== "open") return onClose();
    connection.addEventListener("message", onMessage);
    connection.addEventListener("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

class PrivateConnection extends AbstractMessageStream {
  readonly #below: MessageStream;
  readonly #outward: Salsa20Stream;

  constructor(below: MessageStream, outward: Salsa20Stream, inward: Salsa20Stream) {
    super({
      log: below.log,
      inactivityTimeout: below.inactivityTimeout,
      maxReadBufferLength: below.maxReadBufferLength,
      direction: below.direction,
    });
    this.#below = below;
    this.#outward = outward;
    below.addEventListener("message", ({ data }) => {
      const pieces = data instanceof Uint8Array ? [data] : data;
      this.onData(inward.apply(pieces, data.byteLength));
    });
    below.addEventListener("drain", () => this.safeDispatchEvent("drain"));
    below.addEventListener("close", ({ error, local }) => {
      if (error === undefined) this.onTransportClosed();
      else if (local === true) this.abort(error);
      else this.onRemoteReset();
    });
  }

  override sendData(list: Parameters<AbstractMessageStream["sendData"]>[0]): SendResult {
    const sentBytes = list.byteLength;
    const canSendMore = this.#below.send(this.#outward.apply(list, sentBytes));
    return { sentBytes, canSendMore };
  }

  override close(options?: AbortOptions): Promise<void> {
    return this.#below.close(options);
  }

  override sendReset(reason: Error): void {
    this.#below.abort(reason);
  }

  override sendPause(): void {
    if (this.#below.status === "open") this.#below.pause();
  }

  override sendResume(): void {
    if (this.#below.status === "open") this.#below.resume();
  }
}
