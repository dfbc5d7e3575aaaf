import { EventEmitter } from "node:events";

import type { Listener, MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { AbstractMultiaddrConnection } from "@libp2p/utils";
import { webSockets } from "@libp2p/websockets";

import { asError } from "#lib";

type Factory = ReturnType<typeof webSockets>;

/**
 * WebSocket, mended in three places. The package aborts by close code 1006, which sockets refuse to send, so that the
 * connection would stay open; it keeps outbound connections whose handshake failed; and closing a listener waits for an
 * event that Bun's HTTP server sends only when it listens itself.
 */
export function mendedWebSockets(): (components: Parameters<Factory>[0]) => Transport {
  const make = webSockets();
  return (components) => {
    const transport = make(components);
    const dial = transport.dial.bind(transport);
    const createListener = transport.createListener.bind(transport);
    transport.dial = (address, options) =>
      dial(address, { ...options, upgrader: mended(options.upgrader) });
    transport.createListener = (options) =>
      mendedListener(createListener({ ...options, upgrader: mended(options.upgrader) }));
    return transport;
  };
}

function mendedListener(listener: Listener): Listener {
  const close = listener.close.bind(listener);
  listener.close = () => {
    const closed = close();
    if ("http" in listener && listener.http instanceof EventEmitter) listener.http.emit("close");
    return closed;
  };
  return listener;
}

function mended(upgrader: Upgrader): Upgrader {
  return {
    upgradeInbound: (connection, options) => {
      mendAbort(connection);
      return upgrader.upgradeInbound(connection, options);
    },
    upgradeOutbound: async (connection, options) => {
      mendAbort(connection);
      try {
        return await upgrader.upgradeOutbound(connection, options);
      } catch (thrown) {
        connection.abort(asError(thrown));
        throw thrown;
      }
    },
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
  };
}

function mendAbort(connection: MultiaddrConnection): void {
  if (!(connection instanceof AbstractMultiaddrConnection)) return;
  if (!("websocket" in connection)) return;
  const { websocket } = connection;
  if (canClose(websocket)) connection.sendReset = () => websocket.close();
}

function canClose(socket: unknown): socket is { close(): void } {
  return (
    typeof socket === "object" &&
    socket !== null &&
    "close" in socket &&
    typeof socket.close === "function"
  );
}
