import { type PinType, trackerStatusBits } from "#model";

import { pinTypeNames } from "./convert.ts";
import { BadParameterError } from "./errors.ts";

const groups: Readonly<Record<string, number>> = {
  ...trackerStatusBits,
  error:
    trackerStatusBits.cluster_error | trackerStatusBits.pin_error | trackerStatusBits.unpin_error,
  queued: trackerStatusBits.pin_queued | trackerStatusBits.unpin_queued,
};

/** Bits of the statuses that a `filter` names; 0 for no filter. @throws {BadParameterError} when it names none. */
export function parseStatusFilter(text: string): number {
  const names = text.replaceAll(" ", "").split(",");
  const bits = names.reduce(
    (sum, name) => sum | (Object.hasOwn(groups, name) ? (groups[name] ?? 0) : 0),
    0,
  );
  if (bits === 0 && text !== "") throw new BadParameterError("invalid filter value");
  return bits;
}

/** Types of pins that a `filter` names; undefined for all. @throws {BadParameterError} when it names none. */
export function parsePinTypeFilter(text: string): ReadonlySet<PinType> | undefined {
  const names = text.split(",");
  if (names.includes("all") || names.includes("")) return undefined;
  const types = new Set<PinType>();
  for (const type of ["data", "meta", "clusterdag", "shard"] as const) {
    if (names.includes(pinTypeNames[type])) types.add(type);
  }
  if (types.size === 0) throw new BadParameterError("invalid filter value");
  return types;
}
