import { z } from "zod";

import {
  count,
  duration,
  emptyIsDefault,
  factor,
  hiddenAndEmpty,
  interval,
  list,
  positive,
  text,
} from "./leaf.ts";

const batching = z.object({
  max_batch_size: factor(0, "Changes a batch; 0: no batching."),
  max_batch_age: duration("0s", "Age at which a batch is written; 0: no batching.", emptyIsDefault),
  max_queue_size: positive(50_000, "Changes waiting for a batch at most.", hiddenAndEmpty),
});

const crdt = z.object({
  cluster_name: text("ipfs-cluster", "Decides the pubsub topic.", emptyIsDefault),
  trusted_peers: list(["*"], "Peers that may change the pinset; `*`: all.", { absent: [] }),
  batching: batching.prefault({}),
  repair_interval: duration("1h0m0s", "Time between checks of a DAG marked dirty.", emptyIsDefault),
  rebroadcast_interval: interval("1m0s", "Time between repeats of the heads.", hiddenAndEmpty),
  peerset_metric: text("ping", "The metric that says who is a member.", hiddenAndEmpty),
  datastore_namespace: text("/c", "Prefix of the pinset's keys.", hiddenAndEmpty),
});

const raftTime = (name: string) => ({ isEmptyDefault: true, invalid: `${name} is invalid` });
const unused = "Read and without effect: there is no raft here.";

/** Raft is not there: a configuration of it runs as CRDT, for a single peer. */
const raft = z.object({
  data_folder: text("", "Where the Go program keeps raft's data; empty: `raft`.", hiddenAndEmpty),
  init_peerset: list([], "The peers of the cluster; others than this one: no start."),
  wait_for_leader_timeout: interval("15s", unused, {
    isEmptyDefault: true,
    invalid: "wait_for_leader_timeout <= 0",
  }),
  network_timeout: interval("10s", unused, {
    isEmptyDefault: true,
    invalid: "network_timeout <= 0",
  }),
  commit_retries: count(1, unused, { absent: 0, invalid: "commit_retries is invalid" }),
  commit_retry_delay: interval("200ms", unused, raftTime("commit_retry_delay")),
  backups_rotate: positive(6, unused, {
    isEmptyDefault: true,
    invalid: "backups_rotate should be larger than 0",
  }),
  datastore_namespace: text("/r", unused, hiddenAndEmpty),
  heartbeat_timeout: interval("1s", unused, raftTime("heartbeat_timeout")),
  election_timeout: interval("1s", unused, raftTime("election_timeout")),
  commit_timeout: interval("50ms", unused, raftTime("commit_timeout")),
  max_append_entries: positive(64, unused, emptyIsDefault),
  trailing_logs: count(10_240, unused, { isEmptyDefault: true, goType: "uint64" }),
  snapshot_interval: interval("2m0s", unused, raftTime("snapshot_interval")),
  snapshot_threshold: count(8192, unused, { isEmptyDefault: true, goType: "uint64" }),
  leader_lease_timeout: interval("500ms", unused, raftTime("leader_lease_timeout")),
});

export const consensusSection = z.object({
  crdt: crdt.prefault({}),
  raft: raft.optional(),
});
