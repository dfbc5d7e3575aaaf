import { createServer } from "node:http";
import type { Duplex } from "node:stream";

import type { ByteStream } from "#lib";

import { ConnectionTimes } from "./connection-times.ts";
import {
  refuseBadRequest,
  refuseLate,
  serverTimes,
  Service,
  type ServiceOptions,
} from "./service.ts";
import { StreamConnection } from "./stream-connection.ts";

/** HTTP/1.1 over connections that somebody else accepts: streams of another protocol. */
export interface StreamServer extends AsyncDisposable {
  /** Takes a connection, which is closed when it is over. */
  accept(stream: ByteStream): void;
}

/** Serves as a listener does, without one. */
export function openStreamServer(options: ServiceOptions): StreamServer {
  const service = new Service(options);
  const { limits, clock } = service;
  const connections = new Map<Duplex, ConnectionTimes>();
  const server = createServer(serverTimes(limits), (request, response) => {
    connections.get(request.socket)?.begin(request, response);
    void service.serve(request, response);
  });
  server.on("clientError", refuseBadRequest);
  return {
    accept: (stream) => {
      const connection = new StreamConnection(stream);
      const times = new ConnectionTimes(limits, clock, {
        late: () => refuseLate(connection),
        idle: () => connection.destroy(),
      });
      connections.set(connection, times);
      connection.once("close", () => {
        times.end();
        connections.delete(connection);
      });
      // what node:http makes of a connection that breaks, it tells the request
      connection.on("error", () => undefined);
      server.emit("connection", connection);
    },
    [Symbol.asyncDispose]: async () => {
      await service.close();
      for (const connection of connections.keys()) connection.destroy();
    },
  };
}
