import { type BootstrapList, kuboHandler, type KuboOptions, openListener } from "#http";
import type { Ipfs, Network } from "#ipfs";
import { type Clock, silentLogger, systemClock } from "#lib";
import { parseCid } from "#model";
import type { FakeExchange } from "#test/fake-exchange";
import { openNodeStack } from "#test/node-stack";

export interface KuboStack extends AsyncDisposable {
  readonly url: string;
  readonly ipfs: Ipfs;
}

/** A node over a folder behind Kubo's RPC, on a free loopback port. */
export async function openKuboStack(
  folder: string,
  config: {
    readonly isOffline?: boolean;
    readonly clock?: Clock;
    readonly options?: Partial<KuboOptions>;
    /** Instead of the node's own. */
    readonly network?: Network;
    readonly bootstrap?: BootstrapList;
    /** Where blocks are fetched from. */
    readonly exchange?: FakeExchange;
  } = {},
): Promise<KuboStack> {
  const { isOffline = false, clock = systemClock, options = {}, network, bootstrap } = config;
  const node = await openNodeStack(folder, { isOffline, exchange: config.exchange });
  const ipfs = network === undefined ? node.ipfs : withNetwork(node.ipfs, network);
  const ports: number[] = [];
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "Kubo RPC",
    handler: kuboHandler({
      ipfs,
      clock,
      logger: silentLogger,
      ports,
      options,
      ...(bootstrap === undefined ? {} : { bootstrap }),
    }),
    graceMs: 100,
  });
  ports.push(listener.port);
  return {
    url: listener.url,
    ipfs,
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await node[Symbol.asyncDispose]();
    },
  };
}

/** What `ipfs init` leaves in a new node: the empty folder, pinned. */
export async function pinEmptyFolder({ ipfs }: KuboStack): Promise<void> {
  const cid = parseCid("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
  await using writer = ipfs.openWriter();
  await writer.put(cid, Uint8Array.of(0x0a, 0x02, 0x08, 0x01));
  await writer.flush();
  await ipfs.pins.add(cid, { isWritten: true });
}

function withNetwork(ipfs: Ipfs, network: Network): Ipfs {
  return { ...ipfs, network: () => Promise.resolve(network), networkNow: network };
}

/** A list in memory; `auto` stands for one peer. */
export function memoryBootstrap(peers: readonly string[] = []): BootstrapList {
  let kept = [...peers];
  return {
    list: ({ isExpanded = false } = {}) =>
      Promise.resolve(kept.map((peer) => (isExpanded && peer === "auto" ? publicPeer : peer))),
    add: (added) => {
      kept = [...added, ...kept.filter((peer) => !added.includes(peer))];
      return Promise.resolve();
    },
    remove: (removed) => {
      kept = kept.filter((peer) => !removed.includes(peer));
      return Promise.resolve();
    },
  };
}

const publicPeer = "/dnsaddr/bootstrap.example/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
