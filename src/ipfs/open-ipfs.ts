import type { BlockSource, BlockWriter, CID, SignalOptions } from "#model";
import type { Store } from "#storage";

import { collectGarbage, CollectionEpoch } from "./collect.ts";
import { FilesRoot } from "./files-root.ts";
import { KeyspacePinRecords } from "./pin-records.ts";
import { createFetchingSource, createLocalSource } from "./sources.ts";
import type { Ipfs } from "./types.ts";
import { Wants } from "./wants.ts";

export interface IpfsOptions {
  /** True: what is not here is an error at once. False: it is waited for. */
  readonly isOffline: boolean;
  /** For `repo stat`. */
  readonly storageMaxBytes: number;
  readonly repoPath: string;
}

/** The node over an open store. The store stays the caller's to close, after the node. */
export function openIpfs(
  deps: { readonly store: Store; readonly identity: Ipfs["identity"] },
  options: IpfsOptions,
): Ipfs {
  const { blocks } = deps.store;
  const wants = new Wants((cid) => blocks.read(cid));
  const epoch = new CollectionEpoch();
  const localSource = createLocalSource(blocks);
  const source: BlockSource = options.isOffline ? localSource : createFetchingSource(blocks, wants);
  const records = deps.store.keyspace("records");
  const pins = new KeyspacePinRecords({ records, source, localSource, epoch });
  const datastore = deps.store.keyspace("datastore");
  const files = new FilesRoot({ datastore, source: localSource });
  return {
    identity: deps.identity,
    addresses: () => [],
    blocks,
    source,
    localSource,
    pins,
    files,
    openWriter: () => tellWants(blocks.openWriter(), wants),
    collectGarbage: (gcOptions: SignalOptions = {}): AsyncIterable<CID> =>
      collectGarbage({ blocks, source: localSource, pins, files, epoch }, gcOptions),
    repoStat: async () => {
      const stat = await blocks.stat();
      return {
        repoSize: stat.diskBytes,
        storageMax: options.storageMaxBytes,
        objects: stat.blocks,
        repoPath: options.repoPath,
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function tellWants(writer: BlockWriter, wants: Wants): BlockWriter {
  return {
    put: (cid, bytes) => {
      // told first: the writer may use the memory again at once
      wants.arrived(cid, bytes);
      return writer.put(cid, bytes);
    },
    allocate: (sizeBytes) => writer.allocate?.(sizeBytes),
    flush: () => writer.flush(),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}
