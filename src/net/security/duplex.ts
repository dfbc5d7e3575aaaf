import { Duplex } from "node:stream";

import type { MessageStream } from "@libp2p/interface";

import { asError } from "#lib";

/** A libp2p connection as a Node stream, for TLS over what is not a plain socket. */
export function toDuplex(connection: MessageStream): Duplex {
  const send = (bytes: Uint8Array, done: (failure?: Error) => void): void => {
    try {
      if (connection.send(bytes)) return done();
    } catch (thrown) {
      return done(asError(thrown));
    }
    connection.onDrain().then(
      () => done(),
      (thrown: unknown) => done(asError(thrown)),
    );
  };
  connection.pause();
  const duplex = new Duplex({
    write: (chunk: Uint8Array, _encoding, done) => send(chunk, done),
    read: () => {
      if (connection.status === "open") connection.resume();
    },
    final: (done) => done(),
    destroy: (failure, done) => {
      done(failure);
    },
  });
  connection.addEventListener("message", ({ data }) => {
    let isWanted = true;
    if (data instanceof Uint8Array) isWanted = duplex.push(data);
    else for (const piece of data) isWanted = duplex.push(piece);
    if (!isWanted && connection.status === "open") queueMicrotask(pause);
  });
  const pause = (): void => {
    if (connection.status === "open") connection.pause();
  };
  connection.addEventListener("close", ({ error }) => duplex.destroy(error));
  return duplex;
}
