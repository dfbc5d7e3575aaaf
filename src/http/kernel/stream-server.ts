import { createServer } from "node:http";

import type { ByteStream } from "#lib";

import {
  limitsOf,
  refuseBadRequest,
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
  const limits = limitsOf(options);
  const service = new Service(options, limits);
  const connections = new Set<StreamConnection>();
  const server = createServer(serverTimes(limits), (request, response) => {
    void service.serve(request, response);
  });
  server.on("clientError", refuseBadRequest);
  return {
    accept: (stream) => {
      const connection = new StreamConnection(stream);
      connections.add(connection);
      connection.once("close", () => connections.delete(connection));
      // what node:http makes of a connection that breaks, it tells the request
      connection.on("error", () => undefined);
      server.emit("connection", connection);
    },
    [Symbol.asyncDispose]: async () => {
      await service.close();
      for (const connection of connections) connection.destroy();
    },
  };
}
