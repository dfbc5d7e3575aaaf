// Values that are right by themselves and wrong together, or that only their meaning shows to be wrong; in IPFS
// Cluster's words where it has the rule.

import { InvalidPeerIdError, multiaddrParts, multiaddrProblem, peerIdBytes } from "#model";

import { findApiProblems } from "./api-rules.ts";
import { inGo, type Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";

/** All of them, in the order in which IPFS Cluster looks. */
export function* findConflicts(settings: Settings): Generator<Problem> {
  yield* clusterProblems(settings.cluster);
  yield* trustProblems(settings.consensus.crdt.trusted_peers);
  yield* findApiProblems(settings.api);
  const { embedded, ipfshttp } = settings.ipfs_connector;
  if (embedded !== undefined && ipfshttp !== undefined) {
    const problem = "has embedded and ipfshttp, expected one of them";
    yield { path: ["ipfs_connector"], problem };
  }
  yield* observationProblems(settings.observations);
  yield* ipfsProblems(settings.ipfs);
  yield* storeProblems(settings.store);
}

function* clusterProblems(cluster: Settings["cluster"]): Generator<Problem> {
  if (cluster.listen_multiaddress.length === 0) {
    yield inGo(["cluster", "listen_multiaddress"], "cluster.listen_multiaddress is undefined");
  }
  const { low_water: low, high_water: high } = cluster.connection_manager;
  if (low > high) {
    const problem = "cluster.connection_manager.low_water is greater than high_water";
    yield inGo(["cluster", "connection_manager", "low_water"], problem);
  }
  if (cluster.pin_only_on_trusted_peers && cluster.pin_only_on_untrusted_peers) {
    const problem =
      "cluster.pin_only_on_trusted_peers and pin_only_on_untrusted_peers cannot both be true";
    yield inGo(["cluster", "pin_only_on_trusted_peers"], problem);
  }
  const [min, max] = [cluster.replication_factor_min, cluster.replication_factor_max];
  const factors = ["cluster", "replication_factor_min"];
  if (min > max) yield inGo(factors, "cluster.replication_factor_min is larger than max");
  else if ((min === -1) !== (max === -1)) {
    yield inGo(factors, "cluster.replication_factor_min and max must be -1 when one of them is");
  }
}

function* trustProblems(trusted: readonly string[]): Generator<Problem> {
  for (const peer of trusted) {
    // whatever follows counts no more
    if (peer === "*") return;
    const problem = peerIdProblem(peer);
    if (problem === undefined) continue;
    yield inGo(["consensus", "crdt", "trusted_peers"], `error parsing trusted peers: ${problem}`);
  }
}

/** What Go's libp2p says of a text that is no peer id; undefined when it is one. */
export function peerIdProblem(text: string): string | undefined {
  try {
    peerIdBytes(text);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof InvalidPeerIdError)) throw cause;
    const isCid = !text.startsWith("Qm") && !text.startsWith("1");
    if (isCid && text.length < 2) return "failed to parse peer ID: invalid cid: cid too short";
    return cause.message;
  }
}

function* observationProblems({ metrics, tracing }: Settings["observations"]): Generator<Problem> {
  if (metrics.enable_stats && metrics.prometheus_endpoint.length === 0) {
    const path = ["observations", "metrics", "prometheus_endpoint"];
    yield inGo(path, "metrics.prometheus_endpoint is undefined");
  }
  if (tracing.enable_tracing && tracing.sampling_prob < 0) {
    const path = ["observations", "tracing", "sampling_prob"];
    yield inGo(path, "tracing.sampling_prob is invalid");
  }
}

function* ipfsProblems({ bootstrap, peering }: Settings["ipfs"]): Generator<Problem> {
  const peers = [
    ...bootstrap.filter((peer) => peer !== "auto").map((peer) => ["bootstrap", peer] as const),
    ...peering.map((peer) => ["peering", peer] as const),
  ];
  for (const [key, peer] of peers) {
    const problem = multiaddrProblem(peer);
    const path = ["ipfs", key];
    if (problem !== undefined) yield { path, problem: `no multiaddr: ${problem}, got "${peer}"` };
    else if (multiaddrParts(peer).at(-1)?.[0] !== "p2p") {
      yield { path, problem: `expected /p2p/ID at the end, got "${peer}"` };
    }
  }
}

const segmentSizeMax = 4 * 1024 ** 3;

function* storeProblems(store: Settings["store"]): Generator<Problem> {
  const { compaction_threshold: share, segment_size: size } = store;
  if (share < 0 || share > 1) {
    const problem = `expected a share from 0 to 1, got ${share}`;
    yield { path: ["store", "compaction_threshold"], problem };
  }
  if (size > segmentSizeMax) {
    yield { path: ["store", "segment_size"], problem: `expected at most 4GiB, got ${size} bytes` };
  }
}
