import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { bind, socketPathOf, urlOf } from "./bind.ts";
import { refuseBadRequest, serverTimes, Service, type ServiceOptions } from "./service.ts";
import type { Listener, ListenerLimits } from "./types.ts";

export interface ListenerOptions extends ServiceOptions {
  /** A name or address to bind, or `/unix/<path>`. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Certificate and key, in PEM: the listener speaks HTTPS. A unix socket never does. */
  readonly tls?: TlsFiles | undefined;
}

export interface TlsFiles {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/**
 * Opens an HTTP/1.1 listener.
 * @throws {PortTakenError} when somebody else listens there
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const service = new Service(options);
  const server = await createServerOf(options, service.limits, (request, response) => {
    void service.serve(request, response);
  });
  server.on("clientError", refuseBadRequest);
  await bind(server, options, options.name);
  return listenerOf(server, service, options);
}

type OnRequest = (request: IncomingMessage, response: ServerResponse) => void;

async function createServerOf(
  options: ListenerOptions,
  limits: ListenerLimits,
  onRequest: OnRequest,
): Promise<Server> {
  const times = serverTimes(limits);
  const { tls } = options;
  if (tls === undefined || socketPathOf(options) !== undefined)
    return createServer(times, onRequest);
  const { cert, key } = tls;
  // loaded by those who use it: it would cost every start
  const { createServer: createTlsServer } = await import("node:https");
  const security = {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    minVersion: "TLSv1.2",
  } as const;
  return createTlsServer({ ...times, ...security }, onRequest);
}

function listenerOf(server: Server, service: Service, options: ListenerOptions): Listener {
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  const scheme = options.tls === undefined ? "http" : "https";
  return {
    port,
    url: urlOf(scheme, { host: options.host, port }),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      await service.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
