import type { IpfsConnector, PinsetStore } from "#cluster";
import { type Ipfs, openIpfs } from "#ipfs";
import { openStore } from "#storage";

import type { Exchange } from "../../src/ipfs/exchange/types.ts";
import { createEmbeddedConnector } from "../../src/peer/embedded-connector.ts";

const storageMaxBytes = 10_000_000_000;

export interface NodeStack extends AsyncDisposable {
  readonly ipfs: Ipfs;
  readonly connector: IpfsConnector;
  readonly pinset: PinsetStore;
}

const publicKeyHex = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";

/** Of the Ed25519 key whose seed is 32 times 7. */
export const testIdentity: Ipfs["identity"] & { readonly privateKey: Uint8Array } = {
  id: "12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7",
  publicKey: Buffer.from(`08011220${publicKeyHex}`, "hex"),
  privateKey: Buffer.from(`08011240${"07".repeat(32)}${publicKeyHex}`, "hex"),
};

/** A node over the store in a folder, as the cluster sees it. */
export async function openNodeStack(
  folder: string,
  options: { readonly isOffline?: boolean; readonly exchange?: Exchange | undefined } = {},
): Promise<NodeStack> {
  const store = await openStore(folder, { engine: "log", storageMaxBytes });
  const identity = testIdentity;
  const { isOffline = false, exchange } = options;
  const ipfs = openIpfs(
    { store, identity, ...(exchange && { exchange }) },
    { isOffline, storageMaxBytes, repoPath: folder },
  );
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
