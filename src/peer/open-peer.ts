import { setImmediate } from "node:timers/promises";

import type { Handler } from "#http";
import { asError, type Clock, type Logger } from "#lib";

import { openLibp2pDoors } from "./libp2p-doors.ts";
import { type OpenSurface, openSurface } from "./listeners.ts";
import type { Peer, PeerConfig, RunAddresses } from "./peer.ts";
import { surfacesOf } from "./surfaces.ts";

export interface PeerSeams {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens everything that a peer is, bottom up: store, node, cluster, surfaces; what was opened is closed again when
 * a later step fails. The listeners are bound meanwhile and answer as soon as there is something to answer from.
 * @throws {FolderLockedError} {FolderFormatError} {ListenError} and what the configuration makes impossible
 */
export async function openPeer(config: PeerConfig, seams: PeerSeams): Promise<Peer> {
  // declared in the order of opening, so closed in the opposite one: doors first, then rooms
  await using rooms = new AsyncDisposableStack();
  await using doors = new AsyncDisposableStack();
  const opening = openSurfaces(config, seams, doors);
  const composing = import("./compose.ts").then(({ composeRooms }) =>
    composeRooms(config, seams, rooms),
  );
  const [listening, composed] = await Promise.allSettled([opening, composing]);
  // a locked folder explains a taken port, so it is told first
  if (composed.status === "rejected") throw failAll(listening, composed.reason);
  if (listening.status === "rejected") throw asError(listening.reason);
  const surfaces = listening.value;
  const { handlers, ready } = composed.value;
  for (const { surface, late } of surfaces) late.arrive(handlers[surface.name] ?? notServed);
  composed.value.onListening(portsOf(surfaces));
  // who has waited for the listeners is answered first: loading libp2p takes a while
  await setImmediate();
  const swarm = await composed.value.openSwarm();
  const cluster = await composed.value.openClusterSwarm();
  const apis = { ...seams, surfaces, handlers, clusterHost: composed.value.clusterHost() };
  const libp2pDoors = await openLibp2pDoors(config, apis, doors);
  const closing = new AsyncDisposableStack();
  closing.use(rooms.move());
  closing.use(doors.move());
  return {
    addresses: {
      ...addressesOf(surfaces),
      ...(cluster === undefined ? {} : { cluster }),
      ...(swarm === undefined ? {} : { swarm }),
    },
    listeners: surfaces.flatMap(({ surface: { name }, listeners }) =>
      listeners.map(({ url }) => ({ name, url })),
    ),
    libp2pDoors,
    ready,
    ipfsId: () => composed.value.ipfsId(),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** A listener that nothing here answers at. */
const notServed: Handler = (exchange) =>
  exchange.send(501, { "Content-Type": "text/plain; charset=utf-8" }, "not served by this peer\n");

async function openSurfaces(
  config: PeerConfig,
  seams: PeerSeams,
  doors: AsyncDisposableStack,
): Promise<readonly OpenSurface[]> {
  const surfaces: OpenSurface[] = [];
  for (const surface of surfacesOf(config)) surfaces.push(await openSurface(surface, seams, doors));
  return surfaces;
}

function failAll(listening: PromiseSettledResult<readonly OpenSurface[]>, reason: unknown): Error {
  const error = asError(reason);
  if (listening.status === "fulfilled") for (const { late } of listening.value) late.fail(error);
  return error;
}

/** Only what is bound has an entry; of several addresses the first is told. */
function addressesOf(surfaces: readonly OpenSurface[]): RunAddresses {
  const entries = surfaces.flatMap(({ surface, listeners }) => {
    const [first] = listeners;
    const isTold = first !== undefined && surface.name !== "metrics";
    return isTold ? [[surface.name, first.url] as const] : [];
  });
  return Object.fromEntries(entries);
}

function portsOf(surfaces: readonly OpenSurface[]): { readonly rpc: readonly number[] } {
  const rpc = surfaces.find(({ surface }) => surface.name === "rpc");
  return { rpc: rpc?.listeners.map(({ port }) => port) ?? [] };
}
