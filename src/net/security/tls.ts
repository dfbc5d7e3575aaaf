import { connect, TLSSocket } from "node:tls";

import type {
  ConnectionEncrypter,
  MessageStream,
  PrivateKey,
  SecureConnectionOptions,
  SecuredConnection,
  StreamMuxerFactory,
  Upgrader,
} from "@libp2p/interface";
import { serviceCapabilities } from "@libp2p/interface";

import { abortReason, asError, type Clock } from "#lib";

import { HandshakeError } from "../errors.ts";
import { type Certificate, createCertificate } from "./certificate.ts";
import { TlsConnection } from "./tls-connection.ts";
import { type Below, socketBelow } from "./tls-socket.ts";
import { verifyCertificate } from "./verify-certificate.ts";

/** Negotiated when the muxer is not: it follows by multistream-select. */
const noMuxer = "libp2p";

interface TlsDeps {
  readonly clock: Clock;
  readonly privateKey: PrivateKey;
}

interface TlsComponents {
  readonly upgrader: Upgrader;
}

/** `/tls/1.0.0` with a certificate that is made once. */
export async function openTls(
  deps: TlsDeps,
): Promise<(components: TlsComponents) => ConnectionEncrypter> {
  const certificate = await createCertificate(deps.privateKey, deps.clock.now());
  return (components) => new Tls(certificate, deps.clock, components);
}

class Tls implements ConnectionEncrypter {
  readonly protocol = "/tls/1.0.0";
  readonly [Symbol.toStringTag] = "tls";
  readonly [serviceCapabilities] = ["@libp2p/connection-encryption"];
  readonly #certificate: Certificate;
  readonly #clock: Clock;
  readonly #components: TlsComponents;

  constructor(certificate: Certificate, clock: Clock, components: TlsComponents) {
    this.#certificate = certificate;
    this.#clock = clock;
    this.#components = components;
  }

  secureInbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    const muxers = this.#muxers(options);
    const below = socketBelow(connection);
    const socket = new TLSSocket(below.socket, {
      ...this.#socketOptions(),
      isServer: true,
      requestCert: true,
      // Bun refuses a callback and a list together
      ALPNCallback: ({ protocols }) =>
        protocols.find((protocol) => protocol === noMuxer || muxers.has(protocol)),
    });
    return this.#finish({ connection, below, socket, muxers, secured: "secure" }, options);
  }

  secureOutbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    const muxers = this.#muxers(options);
    const below = socketBelow(connection);
    const socket = connect({
      ...this.#socketOptions(),
      socket: below.socket,
      ALPNProtocols: [...muxers.keys(), noMuxer],
    });
    return this.#finish({ connection, below, socket, muxers, secured: "secureConnect" }, options);
  }

  #muxers(options: SecureConnectionOptions | undefined): ReadonlyMap<string, StreamMuxerFactory> {
    if (options?.skipStreamMuxerNegotiation === true) return new Map();
    return this.#components.upgrader.getStreamMuxers();
  }

  #socketOptions(): Certificate & {
    minVersion: "TLSv1.3";
    maxVersion: "TLSv1.3";
    rejectUnauthorized: boolean;
  } {
    // nobody's authority counts: `verifyCertificate` looks at what the peer sent
    return {
      ...this.#certificate,
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
      rejectUnauthorized: false,
    };
  }

  async #finish(
    handshake: Handshake,
    options: SecureConnectionOptions | undefined,
  ): Promise<SecuredConnection> {
    const { connection, below, socket, muxers } = handshake;
    below.own(socket);
    try {
      await untilSecured(handshake, options?.signal);
      // no byte is lost while the certificate is looked at
      socket.pause();
      const certificate = socket.getPeerCertificate();
      if (!(certificate?.raw instanceof Uint8Array)) throw new HandshakeError("no certificate");
      const remotePeer = await verifyCertificate(certificate.raw, this.#clock.now());
      if (options?.remotePeer !== undefined && !options.remotePeer.equals(remotePeer)) {
        throw new HandshakeError(
          `expected ${options.remotePeer.toString()}, found ${remotePeer.toString()}`,
        );
      }
      if (socket.destroyed) throw new HandshakeError("closed");
      const streamMuxer = muxers.get(socket.alpnProtocol || noMuxer);
      const secured = new TlsConnection(connection, socket);
      below.own(socket, secured);
      socket.resume();
      return { connection: secured, remotePeer, ...(streamMuxer && { streamMuxer }) };
    } catch (thrown) {
      socket.destroy();
      connection.abort(asError(thrown));
      throw thrown;
    }
  }
}

interface Handshake {
  readonly connection: MessageStream;
  readonly below: Below;
  readonly socket: TLSSocket;
  readonly muxers: ReadonlyMap<string, StreamMuxerFactory>;
  readonly secured: "secure" | "secureConnect";
}

function untilSecured(handshake: Handshake, signal: AbortSignal | undefined): Promise<void> {
  const { connection, socket, secured } = handshake;
  return new Promise((resolve, reject) => {
    const end = (failure?: Error): void => {
      socket.off(secured, onSecured);
      socket.off("close", onClose);
      connection.removeEventListener("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const onSecured = (): void => end();
    const onClose = (): void => end(new HandshakeError("closed"));
    const onAbort = (): void => end(abortReason(signal));
    if (signal?.aborted === true) return onAbort();
    socket.once(secured, onSecured);
    socket.once("close", onClose);
    // stays: an error without a listener would end the process
    socket.on("error", (thrown) => end(new HandshakeError(asError(thrown).message, thrown)));
    connection.addEventListener("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
