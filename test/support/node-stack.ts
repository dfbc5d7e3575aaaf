import type { IpfsConnector, PinsetStore } from "#cluster";
import { type Ipfs, openIpfs } from "#ipfs";
import { openStore } from "#storage";

import { createEmbeddedConnector } from "../../src/peer/embedded-connector.ts";

const storageMaxBytes = 10_000_000_000;

export interface NodeStack extends AsyncDisposable {
  readonly ipfs: Ipfs;
  readonly connector: IpfsConnector;
  readonly pinset: PinsetStore;
}

/** A node over the store in a folder, as the cluster sees it. */
export async function openNodeStack(
  folder: string,
  options: { readonly isOffline?: boolean } = {},
): Promise<NodeStack> {
  const store = await openStore(folder, { engine: "log", storageMaxBytes });
  const identity = {
    id: "12D3KooWKw3PYVDXZi9ab2A7deupsoh436tJnsA8qj478GBD4AUc",
    publicKey: new Uint8Array(),
    privateKey: new Uint8Array(),
  };
  const { isOffline = false } = options;
  const ipfs = openIpfs({ store, identity }, { isOffline, storageMaxBytes, repoPath: folder });
  const connector = createEmbeddedConnector(ipfs);
  return {
    ipfs,
    connector: {
      ...connector,
      // as if there were a swarm, which the recorded peers had
      id: async () => {
        const { id } = await connector.id();
        return { id, addresses: [`/ip4/127.0.0.1/tcp/4001/p2p/${id}`] };
      },
    },
    pinset: store.keyspace("pinset"),
    [Symbol.asyncDispose]: async () => {
      await ipfs[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
