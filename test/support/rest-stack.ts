import { createRestClient, type RestClient } from "#api";
import {
  type Cluster,
  type ClusterConfig,
  createAdder,
  defaultClusterConfig,
  type IpfsConnector,
  openCluster,
  openLocalConsensus,
  openUnpinJournal,
  type PinsetStore,
} from "#cluster";
import { defaultRestConfig, type Gate, openListener, type RestConfig, restHandler } from "#http";
import { silentLogger, systemClock } from "#lib";

import { MemoryKeyspace } from "./memory-keyspace.ts";

/** Who the peer of a test stack is. */
const testPeer = "12D3KooWG4bauk9ZsU8erZRGB3zHQeBogterarT9Pxoh8erkRitq";

export interface RestStack extends AsyncDisposable {
  readonly url: string;
  readonly client: RestClient;
  readonly cluster: Cluster;
}

/** A cluster of one behind its REST API, on a free loopback port. */
export async function openRestStack(
  deps: { readonly connector: IpfsConnector; readonly pinset: PinsetStore },
  config: {
    readonly cluster?: Partial<ClusterConfig>;
    readonly rest?: Partial<RestConfig>;
    readonly gate?: Gate;
  } = {},
): Promise<RestStack> {
  const shared = { clock: systemClock, logger: silentLogger };
  const cluster = openCluster(
    {
      ...shared,
      consensus: openLocalConsensus(deps.pinset, testPeer),
      unpins: openUnpinJournal(new MemoryKeyspace()),
      connector: deps.connector,
      identity: {
        id: testPeer,
        peername: "t0",
        addresses: () => [`/ip4/127.0.0.1/tcp/9096/p2p/${testPeer}`],
      },
    },
    { ...defaultClusterConfig, ...config.cluster },
  );
  const adder = createAdder({ cluster, connector: deps.connector });
  const rest = { ...defaultRestConfig, ...config.rest };
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "REST API",
    handler: restHandler({ ...shared, cluster, adder, config: rest, gate: config.gate }),
  });
  return {
    url: listener.url,
    client: createRestClient({ url: listener.url }),
    cluster,
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
