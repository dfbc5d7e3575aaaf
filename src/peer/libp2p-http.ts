import { MemoryDatastore } from "datastore-core";

import { type Handler, openStreamServer } from "#http";
import { type Host, openHost, quietHost, type Stream } from "#net";

import type { Settings } from "./config/settings.ts";
import { agentVersion } from "./host-options.ts";
import { parseIdentity } from "./identity.ts";
import { accessLogOf, type Surface } from "./listeners.ts";
import type { PeerSeams } from "./open-peer.ts";

/** What go-libp2p-http speaks: HTTP/1.1 over a stream, a request each. */
export const httpProtocol = "/libp2p-http";
/** Requests of one connection at once. */
const requestsMax = 256;

type HttpApi = NonNullable<Settings["api"]["restapi"]>;

/** An API and its surface; `host` is one that it shares, when it has none of its own. */
export interface Libp2pApi {
  readonly api: HttpApi;
  readonly surface: Surface;
  readonly handler: Handler;
  readonly host: Host | undefined;
}

/**
 * Serves an API to those who open streams to a host: with the same limits and the same gate as at its listener. Tells
 * where, with /p2p.
 */
export async function serveOverLibp2p(
  of: Libp2pApi,
  seams: PeerSeams,
  stack: AsyncDisposableStack,
): Promise<readonly string[]> {
  const { surface, handler } = of;
  const host = of.host ?? (await openApiHost(of.api, seams, stack));
  const { limits = {}, title } = surface;
  const onAccess = await accessLogOf(surface, seams.logger, stack);
  const name = `${title} (libp2p-http)`;
  const server = stack.use(openStreamServer({ handler, name, limits, onAccess, ...seams }));
  const onStream = (stream: Stream): void => server.accept(stream);
  stack.use(await host.handle([httpProtocol], onStream, { inboundStreamsMax: requestsMax }));
  return host.listenAddresses();
}

/** A host for an API alone, in no private network, as IPFS Cluster 1.1.6 opens it. */
async function openApiHost(
  api: HttpApi,
  { clock, logger }: PeerSeams,
  stack: AsyncDisposableStack,
): Promise<Host> {
  const { privateKey } = parseIdentity(Buffer.from(api.private_key, "base64"), "private_key");
  const options = {
    ...quietHost,
    privateKey,
    listen: api.libp2p_listen_multiaddress.filter((address) => address.includes("/tcp/")),
    agentVersion: agentVersion(),
    security: ["noise", "tls"],
    highWater: 400,
    lowWater: 100,
    profile: "pi",
  } as const;
  return stack.use(await openHost({ datastore: new MemoryDatastore(), clock, logger }, options));
}
