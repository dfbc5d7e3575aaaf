export {
  AddNotPossibleError,
  FollowerModeError,
  InvalidPinRequestError,
  NotEnoughPeersError,
  NotInPinsetError,
  PinQueueFullError,
  PinTimeoutError,
} from "./errors.ts";
export { createAdder } from "./adder.ts";
export { defaultMonitorConfig, type MonitorConfig } from "./metrics.ts";
export { openLocalConsensus } from "./local-consensus.ts";
export { type ClusterDeps, openCluster } from "./open-cluster.ts";
export type {
  Consensus,
  IpfsConnector,
  PinCallOptions,
  PinProgress,
  PinsetStore,
  UnpinJournal,
} from "./ports.ts";
export {
  type AddedOutput,
  type Adder,
  type AddOptions,
  type Cluster,
  type ClusterConfig,
  defaultClusterConfig,
  type LocalOptions,
  type PinCounts,
  type TrackerConfig,
} from "./types.ts";
export { openUnpinJournal } from "./unpin-journal.ts";
