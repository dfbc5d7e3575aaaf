import { MemoryDatastore } from "datastore-core/memory";

import { type Ipfs, openIpfs } from "#ipfs";
import { type Clock, silentLogger, systemClock } from "#lib";
import type { CID } from "#model";
import { type Host, type HostOptions, openHost } from "#net";
import { openStore } from "#storage";
import { buildFile, buildTree, type Tree } from "#test/build-dag";
import { hostOptions } from "#test/net-host";
import { makeTempFolder } from "#test/temp-folder";

import type { Exchange } from "../../src/ipfs/exchange/types.ts";
import type { Routing } from "../../src/ipfs/routing/types.ts";
import { createIdentity } from "../../src/peer/identity.ts";

export interface FullNodeOptions extends Partial<Omit<HostOptions, "privateKey" | "dht">> {
  /** In the LAN's DHT, as a server. Without it there is no routing. */
  readonly hasDht?: boolean;
  readonly clock?: Clock;
}

/** A node as the program has it: store, host, routing, exchange, names; in a folder that vanishes. */
export interface FullNode extends AsyncDisposable {
  readonly id: string;
  /** The first that it listens at; empty when it does not. */
  readonly address: string;
  readonly ipfs: Ipfs;
  readonly host: Host;
  readonly exchange: Exchange;
  readonly routing: Routing;
  /** Imports a file or a tree, durable and not pinned. */
  add(content: Uint8Array | Tree): Promise<CID>;
}

const storageMaxBytes = 1e10;

export async function openFullNode(options: FullNodeOptions = {}): Promise<FullNode> {
  const { hasDht = false, clock = systemClock, ...wishes } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(makeTempFolder()).path;
  const identity = createIdentity();
  const store = stack.use(await openStore(folder, { engine: "log", storageMaxBytes }));
  const open = await hostOptions({ ...wishes, privateKey: identity.privateKey });
  const ipfs = stack.use(
    openIpfs(
      {
        store,
        identity,
        clock,
        openHost: (validators) =>
          openHost(
            { datastore: new MemoryDatastore(), clock, logger: silentLogger },
            { ...open, dht: hasDht ? { mode: "auto", validators } : undefined },
          ),
      },
      {
        isOffline: false,
        storageMaxBytes,
        repoPath: folder,
        network: {
          routingType: hasDht ? "dht" : "none",
          profile: "default",
          userAgent: "pinfold-test/0",
          delegatedRouters: [],
          provideStrategy: hasDht ? "roots" : "none",
          provideIntervalMs: 0,
          httpGateways: [],
        },
      },
    ),
  );
  const { host, exchange, routing } = await ipfs.network();
  const owned = stack.move();
  return {
    id: host.id,
    address: host.listenAddresses()[0] ?? "",
    ipfs,
    host,
    exchange,
    routing,
    add: async (content) => {
      await using writer = ipfs.openWriter();
      const root =
        content instanceof Uint8Array
          ? await buildFile(writer, content)
          : await buildTree(writer, content);
      await writer.flush();
      return root;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
