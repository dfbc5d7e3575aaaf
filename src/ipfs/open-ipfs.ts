import { type Clock, type Logger, silentLogger, systemClock } from "#lib";
import type { CID, SignalOptions } from "#model";
import type { Store } from "#storage";

import { collectGarbage } from "./collect.ts";
import type { Exchange } from "./exchange/types.ts";
import { openFetching } from "./fetch/open-fetching.ts";
import { FilesRoot } from "./files-root.ts";
import { KeyspacePinRecords } from "./pin-records.ts";
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
  deps: {
    readonly store: Store;
    readonly identity: Ipfs["identity"];
    readonly clock?: Clock;
    readonly logger?: Logger;
    /** Without one a want is only ended by an add here. */
    readonly exchange?: Pick<Exchange, "openSession" | "arrived">;
  },
  options: IpfsOptions,
): Ipfs {
  const { blocks } = deps.store;
  const { clock = systemClock, logger = silentLogger, exchange = new Wants() } = deps;
  const fetching = openFetching({
    blocks,
    exchange: options.isOffline ? undefined : () => Promise.resolve(exchange),
    clock,
    logger,
  });
  const { source, localSource, pinDeps } = fetching;
  const records = deps.store.keyspace("records");
  const pins = new KeyspacePinRecords({ ...pinDeps, records, localSource });
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
    openWriter: () =>
      fetching.announce(blocks.openWriter(), (cid, bytes) => exchange.arrived(cid, bytes)),
    collectGarbage: (gcOptions: SignalOptions = {}): AsyncIterable<CID> =>
      collectGarbage({ blocks, source: localSource, pins, files, epoch: pinDeps.epoch }, gcOptions),
    repoStat: async () => {
      const stat = await blocks.stat();
      return {
        repoSize: stat.diskBytes,
        storageMax: options.storageMaxBytes,
        objects: stat.blocks,
        repoPath: options.repoPath,
      };
    },
    [Symbol.asyncDispose]: () => fetching[Symbol.asyncDispose](),
  };
}
