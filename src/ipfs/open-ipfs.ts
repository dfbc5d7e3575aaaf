import { join } from "node:path";

import { type Clock, type Logger, silentLogger, systemClock } from "#lib";
import type { CID, SignalOptions } from "#model";
import type { BlockStore, Store } from "#storage";

import { createAnnounceable } from "./announceable.ts";
import { collectGarbage } from "./collect.ts";
import type { Exchange } from "./exchange/types.ts";
import { openFetching } from "./fetch/open-fetching.ts";
import { FilesRoot } from "./files-root.ts";
import { openKeys } from "./keys/open-keys.ts";
import { createSystemTxtLookup, createTxtLookup } from "./names/dns.ts";
import { type NamesOptions, openNames } from "./names/open-names.ts";
import { NetworkSlot } from "./network-slot.ts";
import type { NetworkOptions, OpenHost, openNetwork } from "./open-network.ts";
import { KeyspacePinRecords } from "./pin-records.ts";
import type { Ipfs, RepoStat } from "./types.ts";
import { Wants } from "./wants.ts";

export interface IpfsDeps {
  readonly store: Store;
  readonly identity: Ipfs["identity"] & { readonly privateKey: Uint8Array };
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Without it there is no network. */
  readonly openHost?: OpenHost;
  /** Instead of the network's. With neither, a want is only ended by an add here. */
  readonly exchange?: Pick<Exchange, "openSession" | "arrived">;
}

export interface IpfsOptions {
  /** True: what is not here is an error at once. False: it is waited for. */
  readonly isOffline: boolean;
  /** For `repo stat`. */
  readonly storageMaxBytes: number;
  readonly repoPath: string;
  readonly network?: NetworkOptions;
  readonly names?: NamesOptions;
  /** DNS over HTTPS by domain. */
  readonly dnsResolvers?: Readonly<Record<string, string>>;
}

const quietNetwork: NetworkOptions = {
  routingType: "none",
  profile: "default",
  userAgent: "",
  delegatedRouters: [],
  provideStrategy: "none",
  provideIntervalMs: 0,
  httpGateways: [],
};

/**
 * The node over an open store, which stays the caller's to close, after the node. The network opens beside it: what
 * is here is answered meanwhile, and `network()` waits.
 */
export function openIpfs(deps: IpfsDeps, options: IpfsOptions): Ipfs {
  const { clock = systemClock, logger = silentLogger, identity, store } = deps;
  const { blocks } = store;
  const datastore = store.keyspace("datastore");
  const fallback = deps.exchange ?? new Wants();
  const exchangeNow = (): Pick<Exchange, "openSession" | "arrived"> =>
    network.now?.exchange ?? fallback;
  const fetching = openFetching({
    blocks,
    exchange: options.isOffline
      ? undefined
      : async (wait) =>
          deps.openHost === undefined ? fallback : (await network.get(wait)).exchange,
    clock,
    logger,
  });
  const { source, localSource, pinDeps } = fetching;
  const records = store.keyspace("records");
  const onPinned = (cid: CID): void => {
    const { provideStrategy = "none" } = options.network ?? {};
    if (provideStrategy !== "none") network.now?.routing.announcer.enqueue(cid);
  };
  const pins = new KeyspacePinRecords({ ...pinDeps, records, localSource, onPinned });
  const files = new FilesRoot({ datastore, source: localSource });
  const announceable = createAnnounceable({ blocks, localSource, pins, files });
  const network = new NetworkSlot(
    networkOpener(deps.openHost, { blocks, datastore, announceable, clock, logger }, options),
  );
  const keys = openKeys({ folder: join(options.repoPath, "keys"), self: identity, logger });
  const dns = { system: createSystemTxtLookup(), fetch, clock };
  const names = openNames(
    {
      keys,
      datastore,
      routing: () =>
        deps.openHost === undefined ? undefined : network.get().then(({ routing }) => routing),
      lookupTxt: createTxtLookup(dns, options.dnsResolvers),
      clock,
      logger,
    },
    options.names,
  );
  return {
    identity,
    addresses: () => network.now?.host.addresses() ?? [],
    network: (wait) => network.get(wait),
    get networkNow() {
      return network.now;
    },
    keys,
    names,
    blocks,
    source,
    localSource,
    pins,
    files,
    openWriter: () =>
      fetching.announce(blocks.openWriter(), (cid, bytes) => exchangeNow().arrived(cid, bytes)),
    collectGarbage: (gcOptions: SignalOptions = {}): AsyncIterable<CID> =>
      collectGarbage({ blocks, source: localSource, pins, files, epoch: pinDeps.epoch }, gcOptions),
    repoStat: () => repoStat(blocks, options),
    [Symbol.asyncDispose]: async () => {
      await names[Symbol.asyncDispose]();
      await fetching[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

/** Opens the network when it is asked to; undefined when there is none. */
function networkOpener(
  openHost: OpenHost | undefined,
  parts: Omit<Parameters<typeof openNetwork>[0], "openHost">,
  options: IpfsOptions,
): (() => ReturnType<typeof openNetwork>) | undefined {
  if (openHost === undefined) return undefined;
  return async () => {
    // libp2p is loaded only now: answers from here need not wait for it
    const loaded = await import("./open-network.ts");
    return loaded.openNetwork({ ...parts, openHost }, options.network ?? quietNetwork);
  };
}

async function repoStat(blocks: BlockStore, options: IpfsOptions): Promise<RepoStat> {
  const { diskBytes, blocks: objects } = await blocks.stat();
  const { storageMaxBytes: storageMax, repoPath } = options;
  return { repoSize: diskBytes, storageMax, objects, repoPath };
}
