import { Socket } from "node:net";

import type { MessageStream } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";

import { toDuplex } from "./duplex.ts";
import { endSocket } from "./tls-connection.ts";

type Below = Socket | ReturnType<typeof toDuplex>;

/**
 * What TLS runs over. A TCP connection lends its socket, so that the runtime's own TLS reads and writes it; others are
 * wrapped, which costs two more copies. So is a TCP connection that has already read some of the handshake.
 */
export function socketBelow(connection: MessageStream): Below {
  const socket = ownSocket(connection);
  if (socket === undefined || connection.readBufferLength > 0) return toDuplex(connection);
  for (const event of ["data", "drain", "end", "timeout"]) socket.removeAllListeners(event);
  // silence is noticed by the connection monitor
  socket.setTimeout(0);
  return socket;
}

/** The connection below must end the socket that TLS writes to, not its own: what was sent would be lost. */
export function endWith(connection: MessageStream, tlsSocket: Socket): void {
  if (!(connection instanceof AbstractMultiaddrConnection)) return;
  connection.sendClose = () => endSocket(tlsSocket);
  connection.sendReset = () => {
    tlsSocket.destroy();
    ownSocket(connection)?.destroy();
  };
}

function ownSocket(connection: MessageStream): Socket | undefined {
  if (!("socket" in connection)) return undefined;
  return connection.socket instanceof Socket ? connection.socket : undefined;
}
