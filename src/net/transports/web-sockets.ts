import { EventEmitter } from "node:events";

import { webSockets } from "@libp2p/websockets";
import type { Libp2pInit } from "libp2p";

type TransportFactory = NonNullable<Libp2pInit["transports"]>[number];

/**
 * libp2p's WebSocket transport, whose listeners can be closed on Bun. A listener waits for the `close` of a node:http server
 * that it feeds by hand and that never listened; Bun does not send that event for such a server, so it is sent here.
 */
export function closableWebSockets(): TransportFactory {
  const create = webSockets();
  return (components) => {
    const transport = create(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => {
      const listener = createListener(options);
      const close = listener.close.bind(listener);
      listener.close = async () => {
        const closed = close(); // it waits for the event from here on
        const server: unknown = Reflect.get(listener, "http");
        if (server instanceof EventEmitter) server.emit("close");
        await closed;
      };
      return listener;
    };
    return transport;
  };
}
