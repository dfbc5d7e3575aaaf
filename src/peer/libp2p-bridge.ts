import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { MemoryDatastore } from "datastore-core";

import { silentLogger, startDeadline, StreamDuplex, systemClock } from "#lib";
import { type Host, openHost, quietHost } from "#net";

import { agentVersion } from "./host-options.ts";
import { createIdentity } from "./identity.ts";
import { httpProtocol } from "./libp2p-http.ts";

export interface Libp2pBridge extends AsyncDisposable {
  /** A socket file that only this user can open; HTTP on it is that of the peer's API. */
  readonly socketPath: string;
}

export interface Libp2pBridgeOptions {
  /** A multiaddr that ends in /p2p/ID. */
  readonly address: string;
  /** Of a private network: 32 bytes. */
  readonly presharedKey: Uint8Array | undefined;
  /** For the connection. */
  readonly timeoutMs: number;
}

/** Leads to a peer's API over libp2p-http, by a host of its own: every connection becomes a stream. Throws when it cannot connect. */
export async function openLibp2pBridge(options: Libp2pBridgeOptions): Promise<Libp2pBridge> {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(await openClientHost(options.presharedKey));
  const peer = await connectInTime(host, options);
  const folder = await mkdtemp(join(tmpdir(), "pinfold-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const socketPath = join(folder, "api.sock");
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    void throughBoth(socket, host, peer).finally(() => sockets.delete(socket));
  });
  await listening(server, socketPath);
  stack.defer(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const all = stack.move();
  return { socketPath, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Answers the peer's id. @throws {DialError} */
async function connectInTime(host: Host, options: Libp2pBridgeOptions): Promise<string> {
  const deadline = startDeadline(systemClock, options.timeoutMs);
  try {
    return (await host.connect(options.address, { signal: deadline.signal })).peer;
  } finally {
    deadline.stop();
  }
}

/** Bytes go through in both directions. Never rejects. */
async function throughBoth(socket: Socket, host: Host, peer: string): Promise<void> {
  try {
    const stream = new StreamDuplex(await host.openStream(peer, [httpProtocol]));
    await Promise.all([pipeline(socket, stream), pipeline(stream, socket)]);
  } catch {
    socket.destroy(); // whoever asked sees a connection that breaks
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}

function openClientHost(presharedKey: Uint8Array | undefined): Promise<Host> {
  const seams = { datastore: new MemoryDatastore(), clock: systemClock, logger: silentLogger };
  return openHost(seams, {
    ...quietHost,
    privateKey: createIdentity().privateKey,
    listen: [],
    agentVersion: agentVersion(),
    presharedKey,
    security: ["noise", "tls"],
    highWater: 20,
    lowWater: 10,
    profile: "pi",
  });
}
