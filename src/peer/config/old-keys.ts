// Keys of older versions of IPFS Cluster (0.3 to 1.0). What still means something moves to where it is now, unless
// that is set; the rest is named and has no effect.

import { type Document, isObject, valueAt, withValue } from "./document.ts";
import { isEmpty } from "./go-reading.ts";

export interface OldKey {
  /** Where it stood. */
  readonly from: string;
  /** Where it is read; without: nowhere. */
  readonly to?: readonly string[];
}

const proxy = (key: string): OldKey => ({
  from: `ipfs_connector.ipfshttp.proxy_${key}`,
  to: [`api.ipfsproxy.${key}`],
});

export const oldKeys: readonly OldKey[] = [
  // the key and id of the peer are read by whoever reads the identity
  { from: "cluster.id", to: [] },
  { from: "cluster.private_key", to: [] },
  {
    from: "cluster.replication_factor",
    to: ["cluster.replication_factor_min", "cluster.replication_factor_max"],
  },
  { from: "cluster.bootstrap", to: ["cluster.peer_addresses"] },
  { from: "cluster.peers", to: ["cluster.peer_addresses"] },
  { from: "cluster.monitoring_interval", to: ["cluster.monitor_ping_interval"] },
  { from: "cluster.ipfs_sync_interval" },
  { from: "consensus.raft.max_concurrent_compactions" },
  {
    from: "api.restapi.listen_multiaddress",
    to: ["api.restapi.http_listen_multiaddress"],
  },
  proxy("listen_multiaddress"),
  proxy("read_timeout"),
  proxy("read_header_timeout"),
  proxy("write_timeout"),
  proxy("idle_timeout"),
  { from: "ipfs_connector.ipfshttp.pin_method" },
  {
    from: "pin_tracker.maptracker.max_pin_queue_size",
    to: ["pin_tracker.stateless.max_pin_queue_size"],
  },
  {
    from: "pin_tracker.maptracker.concurrent_pins",
    to: ["pin_tracker.stateless.concurrent_pins"],
  },
  { from: "pin_tracker.maptracker.pinning_timeout" },
  { from: "pin_tracker.maptracker.unpinning_timeout" },
  {
    from: "monitor.monbasic.check_interval",
    to: ["monitor.pubsubmon.check_interval"],
  },
  { from: "monitor.monbasic.failure_threshold" },
  { from: "monitor.pubsubmon.failure_threshold" },
  { from: "informer.numpin" },
];

/** Sections that held nothing but old keys. */
const oldSections = ["pin_tracker.maptracker", "monitor.monbasic"] as const;

/** A key of an older version that was found. */
export interface OldKeyNote {
  readonly path: readonly string[];
  readonly note: string;
}

/** The document in today's keys, and what was found. */
export function takeOldKeys(document: Document): {
  readonly document: Document;
  readonly notes: readonly OldKeyNote[];
} {
  const notes: OldKeyNote[] = [];
  let result = takeProxyNode(document);
  for (const old of oldKeys) {
    const path = old.from.split(".");
    const value = valueAt(result, path);
    if (value === undefined) continue;
    result = withValue(result, path, undefined);
    for (const to of old.to ?? []) result = setUnlessSet(result, to.split("."), value);
    notes.push({ path, note: noteOf(old) });
  }
  for (const section of oldSections) {
    const path = section.split(".");
    const left = valueAt(result, path);
    if (isObject(left) && Object.keys(left).length === 0) {
      result = withValue(result, path, undefined);
    }
  }
  return { document: result, notes };
}

function noteOf(old: OldKey): string {
  const about = "a key of older versions";
  if (old.to === undefined) return `${about}, without effect`;
  if (old.to.length === 0) return `${about}, part of identity.json now`;
  return `${about}, read as ${old.to.join(" and ")}`;
}

/** The proxy was part of the connector and spoke to its node. */
function takeProxyNode(document: Document): Document {
  const connector = valueAt(document, ["ipfs_connector", "ipfshttp"]);
  if (!isObject(connector) || connector["proxy_listen_multiaddress"] === undefined) return document;
  const node = connector["node_multiaddress"];
  if (node === undefined || isObject(valueAt(document, ["api", "ipfsproxy"]))) return document;
  return withValue(document, ["api", "ipfsproxy", "node_multiaddress"], node);
}

function setUnlessSet(document: Document, path: readonly string[], value: unknown): Document {
  const present = valueAt(document, path) ?? "";
  return isEmpty(present) ? withValue(document, path, value) : document;
}
