import { Duplex } from "node:stream";

import type { MessageStream } from "@libp2p/interface";

import { asError } from "#lib";

/** A libp2p connection as a Node stream, for TLS over what is not a plain socket. */
export function toDuplex(connection: MessageStream): Duplex {
  const setPaused = (isPaused: boolean): void => {
    if (connection.status !== "open") return;
    if (isPaused) connection.pause();
    else connection.resume();
  };
  const duplex = new Duplex({
    write: (chunk: Uint8Array, _encoding, done) => {
      // oxlint-disable-next-line promise/no-callback-in-promise -- Node's interface
      void send(connection, chunk).then(done);
    },
    read: () => setPaused(false),
  });
  connection.addEventListener("message", ({ data }) => {
    let isWanted = true;
    for (const piece of data instanceof Uint8Array ? [data] : data) isWanted = duplex.push(piece);
    // later: a connection that is paused while it resumes would go on
    if (!isWanted) queueMicrotask(() => setPaused(true));
  });
  connection.addEventListener("close", ({ error }) => duplex.destroy(error));
  return duplex;
}

/** Undefined when there is room for more; never rejects. */
async function send(connection: MessageStream, bytes: Uint8Array): Promise<Error | undefined> {
  try {
    if (!connection.send(bytes)) await connection.onDrain();
    return undefined;
  } catch (thrown) {
    return asError(thrown);
  }
}
