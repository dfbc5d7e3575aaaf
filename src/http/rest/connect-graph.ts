import { type ConnectGraphJson, goMap } from "#api";
import type { Cluster } from "#cluster";

/** Who is connected to whom. A cluster of one has no links of its own. */
export async function connectGraph(cluster: Cluster): Promise<ConnectGraphJson> {
  const self = await cluster.id();
  const hasIpfs = self.ipfs.id !== "";
  return {
    cluster_id: self.id,
    id_to_peername: goMap([[self.id, self.peername]]),
    ipfs_links: goMap(hasIpfs ? [[self.ipfs.id, await cluster.ipfsPeers()]] : []),
    cluster_links: goMap([[self.id, []]]),
    cluster_trust_links: goMap([[self.id, true]]),
    cluster_to_ipfs: goMap(hasIpfs ? [[self.id, self.ipfs.id]] : []),
  };
}
