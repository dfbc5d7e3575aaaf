import type { Clock, Logger } from "#lib";
import type { BlockSource } from "#model";

import type { Exchange } from "../kernel/index.ts";
import type { Wanted } from "./negotiate.ts";
import type { Place } from "./places.ts";

/** What the gateway asks for. */
export interface GatewayDeps {
  /** Local blocks, then those of a network when there is one. */
  readonly source: BlockSource;
  /** Local blocks alone: for `only-if-cached`, and where waiting is not worth it. */
  readonly localSource: BlockSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GatewayOptions {
  /** How many targets are remembered with where they lead; about 1 KiB each. */
  readonly placesMax: number;
  /** How long a JSON listing waits, in all, for children that have to be fetched to know whether they are directories. */
  readonly childBudgetMs: number;
  /** Entries of a JSON listing whose blocks are read at once. */
  readonly childrenAtOnce: number;
  /** When nothing has come for so long of what a request waits for, it is answered 504, or broken off. */
  readonly retrievalTimeoutMs: number;
}

export const defaultGatewayOptions: GatewayOptions = {
  placesMax: 8192,
  childBudgetMs: 2000,
  childrenAtOnce: 32,
  retrievalTimeoutMs: 30_000,
};

/** One request on its way to an answer. */
export interface Visit {
  readonly exchange: Exchange;
  readonly deps: GatewayDeps;
  readonly options: GatewayOptions;
  /** Where this request may read from. */
  readonly source: BlockSource;
  readonly wanted: Wanted;
  readonly place: Place;
}

/** A query parameter; undefined without one, "" for a bare name. */
export function queryOf(exchange: Exchange, name: string): string | undefined {
  // most targets have no query, and parsing one costs
  return exchange.rawQuery === "" ? undefined : (exchange.query.get(name) ?? undefined);
}
