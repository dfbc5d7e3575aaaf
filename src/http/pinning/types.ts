import type { GoMap } from "#api";

/** Statuses of the pinning services API 1.0.0. */
export const serviceStatuses = ["queued", "pinning", "pinned", "failed"] as const;

export type ServiceStatus = (typeof serviceStatuses)[number];

export interface PinStatusJson {
  /** The CID: there is one pin of it. */
  readonly requestid: string;
  readonly status: ServiceStatus;
  readonly created: string;
  readonly pin: ServicePinJson;
  /** Where the content may be sent to. */
  readonly delegates: readonly string[];
  readonly info: GoMap<string>;
}

interface ServicePinJson {
  readonly cid: string;
  readonly name: string | undefined;
  readonly origins: readonly string[] | undefined;
  readonly meta: GoMap<string> | undefined;
}

export interface PinResultsJson {
  /** All matches, also those that the page does not have. */
  readonly count: number;
  readonly results: readonly PinStatusJson[];
}
