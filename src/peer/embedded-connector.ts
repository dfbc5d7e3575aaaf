import type { IpfsConnector } from "#cluster";
import { linksOf, resolvePath } from "#dag";
import { type Ipfs, NotPinnedError, type PinAddOptions, resolveNamePath } from "#ipfs";
import { messageOf } from "#lib";
import { type CID, parseContentPath, type Pin, type PinMode, type SignalOptions } from "#model";

import { UnsupportedNamespaceError } from "./errors.ts";
import { KuboAnswerError } from "./kubo-connector/errors.ts";

/** The cluster's IpfsConnector over the node in the same process. */
export function createEmbeddedConnector(ipfs: Ipfs): IpfsConnector {
  const { pins } = ipfs;
  return {
    id: () => Promise.resolve({ id: ipfs.identity.id, addresses: ipfs.addresses() }),
    pin: (pin, options) => keep(ipfs, pin, options ?? {}),
    pinWritten: (pin) => keep(ipfs, pin, { isWritten: true }),
    unpin: async (cid) => {
      try {
        await pins.remove(cid);
      } catch (cause) {
        if (!(cause instanceof NotPinnedError)) throw cause;
      }
    },
    pinProgress: (cid) => pins.progress(cid),
    pinStatus: async (cid) => (await pins.get(cid))?.mode,
    pinStatuses: (cids) => pins.modesOf(cids),
    linksOf: async (cid, options) => linksOf(cid, await ipfs.localSource.get(cid, options)),
    hasBlock: (cid) => ipfs.blocks.has(cid),
    pinList: () => pins.list(),
    resolve: (path, options) =>
      told(`resolve?arg=${encodeURIComponent(path)}`, () => resolve(ipfs, path, options)),
    swarmPeers: async () => {
      const connections = ipfs.networkNow?.host.connections() ?? [];
      return [...new Set(connections.map(({ peer }) => peer))];
    },
    repoStat: () => ipfs.repoStat(),
    openWriter: () => ipfs.openWriter(),
    collectGarbage: (options) => ipfs.collectGarbage(options),
  };
}

async function resolve(ipfs: Ipfs, path: string, options?: SignalOptions): Promise<CID> {
  const parsed = await resolveNamePath(ipfs.names, parseContentPath(path), options);
  if (parsed.cid === undefined) throw new UnsupportedNamespaceError(path);
  if (parsed.segments.length === 0) return parsed.cid;
  return (await resolvePath(ipfs.source, parsed, options)).cid;
}

/** Failures in the words of IPFS Cluster, which asks its node by RPC: people and scripts look for them. */
async function told<T>(call: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new KuboAnswerError({ call, status: 500 }, messageOf(cause), { cause });
  }
}

async function keep(
  ipfs: Ipfs,
  pin: Pin,
  options: Pick<PinAddOptions, "signal" | "isLocalOnly" | "isWritten" | "onProgress">,
): Promise<void> {
  const mode: PinMode = pin.maxDepth === 0 ? "direct" : "recursive";
  // Kubo's limit on names does not bind the cluster's
  const name = Buffer.byteLength(pin.name) > 255 ? "" : pin.name;
  const { cid, origins } = pin;
  await ipfs.pins.add(cid, { ...options, mode, name, origins });
}
