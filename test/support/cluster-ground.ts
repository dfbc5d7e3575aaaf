import {
  type Cluster,
  type ClusterConfig,
  defaultClusterConfig,
  type IpfsConnector,
  openCluster,
  openLocalConsensus,
  openUnpinJournal,
} from "#cluster";
import { cidOf } from "#dag";
import { silentLogger } from "#lib";
import { type Block, codec } from "#model";

import { ManualClock } from "./manual-clock.ts";
import { MemoryConnector } from "./memory-connector.ts";
import { MemoryKeyspace } from "./memory-keyspace.ts";

/** Who the peer of a test cluster is. */
export const self = "12D3KooWG4bauk9ZsU8erZRGB3zHQeBogterarT9Pxoh8erkRitq";

/** What a test cluster stands on, all of it in memory: as it is after a restart, too. */
export class ClusterGround {
  readonly clock = new ManualClock();
  readonly pinset = new MemoryKeyspace();
  readonly unpins = new MemoryKeyspace();
  readonly connector = new MemoryConnector();

  open(config: Partial<ClusterConfig> = {}, connector: IpfsConnector = this.connector): Cluster {
    const deps = {
      clock: this.clock,
      connector,
      consensus: openLocalConsensus(this.pinset, self),
      unpins: openUnpinJournal(this.unpins),
      logger: silentLogger,
      identity: { id: self, peername: "t0", addresses: () => [] },
    };
    return openCluster(deps, { ...defaultClusterConfig, ...config });
  }
}

/** A block of text. */
export function content(text: string): Block {
  const bytes = Buffer.from(text);
  return { cid: cidOf(codec.raw, bytes), bytes };
}
