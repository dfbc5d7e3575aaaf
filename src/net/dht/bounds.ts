import type { ResourceProfile } from "../types.ts";

/** What a DHT may use. WAN and LAN each have their own tables, and share the queue of searches. */
export interface DhtBounds {
  /** Peers asked at once by one search. */
  readonly concurrency: number;
  /** Searches that run at once, and that wait. */
  readonly queriesMax: number;
  readonly queriesWaitingMax: number;
  /** A search ends after so long, with what it has. */
  readonly queryTimeoutMs: number;
  /** Depth of the tree of buckets; each leaf holds 20 peers. */
  readonly tableDepth: number;
  readonly refreshIntervalMs: number;
  /** Provider records that others left here. */
  readonly providerRecordsMax: number;
  readonly providersPerKeyMax: number;
  readonly providerTtlMs: number;
  /** Values that others left here. */
  readonly recordsMax: number;
  readonly recordBytesMax: number;
  readonly recordTtlMs: number;
  /** Peers whose addresses searches remember. */
  readonly addressBookMax: number;
  /** A request to us, and an answer. */
  readonly requestBytesMax: number;
  readonly inboundStreamsMax: number;
  readonly streamIdleMs: number;
  /** Messages of `put` and `provide` on their way at once. */
  readonly sendsMax: number;
  readonly sendTimeoutMs: number;
}

const hour = 3_600_000;

const shared = {
  queryTimeoutMs: 60_000,
  providersPerKeyMax: 128,
  providerTtlMs: 48 * hour,
  recordBytesMax: 10_240,
  recordTtlMs: 48 * hour,
  requestBytesMax: 64 * 1024,
  streamIdleMs: 60_000,
  sendTimeoutMs: 10_000,
} as const;

const byProfile: Readonly<Record<ResourceProfile, DhtBounds>> = {
  pi: {
    ...shared,
    concurrency: 4,
    queriesMax: 4,
    queriesWaitingMax: 256,
    tableDepth: 4,
    refreshIntervalMs: 0.5 * hour,
    providerRecordsMax: 8192,
    recordsMax: 1024,
    addressBookMax: 1024,
    inboundStreamsMax: 8,
    sendsMax: 4,
  },
  default: {
    ...shared,
    concurrency: 10,
    queriesMax: 16,
    queriesWaitingMax: 1024,
    tableDepth: 6,
    refreshIntervalMs: 0.25 * hour,
    providerRecordsMax: 65_536,
    recordsMax: 4096,
    addressBookMax: 4096,
    inboundStreamsMax: 16,
    sendsMax: 10,
  },
  server: {
    ...shared,
    concurrency: 10,
    queriesMax: 64,
    queriesWaitingMax: 4096,
    tableDepth: 7,
    refreshIntervalMs: 0.25 * hour,
    providerRecordsMax: 524_288,
    recordsMax: 32_768,
    addressBookMax: 16_384,
    inboundStreamsMax: 32,
    sendsMax: 20,
  },
};

export function dhtBounds(profile: ResourceProfile): DhtBounds {
  return byProfile[profile];
}
