import { Socket } from "node:net";

import type { AbortOptions, MessageStream } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";

import { toDuplex } from "./duplex.ts";
import { endSocket, flush } from "./tls-connection.ts";

/** What TLS runs over. */
export interface Below {
  readonly socket: Socket | ReturnType<typeof toDuplex>;
  /** TLS reads and writes the connection's own socket: from now on it must be closed by TLS. */
  own(tlsSocket: Socket, secured?: MessageStream): void;
}

/**
 * A TCP connection lends its socket, so that the runtime's own TLS reads and writes it; others are wrapped, which costs two
 * more copies. So is a TCP connection that has already read some of the handshake.
 */
export function socketBelow(connection: MessageStream): Below {
  const socket = ownSocket(connection);
  if (socket === undefined || connection.readBufferLength > 0) {
    return { socket: toDuplex(connection), own: () => undefined };
  }
  // nor may it close for silence, which the connection monitor notices
  for (const event of ["data", "drain", "end", "timeout"]) socket.removeAllListeners(event);
  return {
    socket,
    own: (tlsSocket, secured) => {
      if (!(connection instanceof AbstractMultiaddrConnection)) return;
      connection.sendClose = async (options?: AbortOptions) => {
        if (secured !== undefined) await flush(secured, options);
        await endSocket(tlsSocket);
      };
      connection.sendReset = () => {
        tlsSocket.destroy();
        socket.destroy();
      };
    },
  };
}

function ownSocket(connection: MessageStream): Socket | undefined {
  if (!("socket" in connection)) return undefined;
  return connection.socket instanceof Socket ? connection.socket : undefined;
}
