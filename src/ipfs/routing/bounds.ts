import type { ResourceProfile } from "#net";

/** What routing may use; see the table in the README. */
export interface RoutingBounds {
  /** Searches for the same content are one; it stops after so many providers. */
  readonly providersMax: number;
  /** Empty answers that are remembered, and for how long. */
  readonly emptyMax: number;
  readonly emptyMs: number;
  readonly router: RouterBounds;
  readonly announcer: AnnouncerBounds;
}

export interface RouterBounds {
  /** Requests to one router at once, and that wait. */
  readonly requestsMax: number;
  readonly requestsWaitingMax: number;
  /** Nothing came for so long. */
  readonly silenceMs: number;
  readonly responseBytesMax: number;
  /** Longest line of NDJSON, and longest record of IPNS. */
  readonly recordBytesMax: number;
  readonly recordsMax: number;
  readonly addressesMax: number;
  /** A router that fails is left alone: at first so long, twice as long each time, and so long at most. */
  readonly pauseMs: number;
  readonly pauseMaxMs: number;
}

export interface AnnouncerBounds {
  /** New keys that wait. */
  readonly queueMax: number;
  /** Keys of one sweep: 42 bytes of memory each. */
  readonly keysMax: number;
  /** Peers told at once. */
  readonly sendsMax: number;
  readonly bytesPerSecond: number;
  /** Parts of the space of keys whose peers are remembered, and for how long. */
  readonly regionsMax: number;
  readonly regionMs: number;
  /** Lookups for one region. */
  readonly lookupsPerRegion: number;
}

const shared = {
  providersMax: 1024,
  emptyMs: 15_000,
  router: {
    requestsMax: 8,
    requestsWaitingMax: 256,
    silenceMs: 15_000,
    responseBytesMax: 4 * 1024 * 1024,
    recordBytesMax: 64 * 1024,
    recordsMax: 1024,
    addressesMax: 64,
    pauseMs: 5_000,
    pauseMaxMs: 300_000,
  },
} as const;

const announcer = { regionMs: 1_800_000, lookupsPerRegion: 12 } as const;

const byProfile: Readonly<Record<ResourceProfile, RoutingBounds>> = {
  pi: {
    ...shared,
    emptyMax: 512,
    announcer: {
      ...announcer,
      queueMax: 4096,
      keysMax: 1_000_000,
      sendsMax: 3,
      bytesPerSecond: 64 * 1024,
      regionsMax: 128,
    },
  },
  default: {
    ...shared,
    emptyMax: 2048,
    announcer: {
      ...announcer,
      queueMax: 16_384,
      keysMax: 4_000_000,
      sendsMax: 10,
      bytesPerSecond: 512 * 1024,
      regionsMax: 1024,
    },
  },
  server: {
    ...shared,
    emptyMax: 8192,
    announcer: {
      ...announcer,
      queueMax: 65_536,
      keysMax: 16_000_000,
      sendsMax: 20,
      bytesPerSecond: 4 * 1024 * 1024,
      regionsMax: 4096,
    },
  },
};

export function routingBounds(profile: ResourceProfile): RoutingBounds {
  return byProfile[profile];
}
