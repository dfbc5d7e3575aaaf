import { type CID, depthOf, type Pin, type PinOptions, type PinType } from "#model";

import { InvalidPinRequestError } from "./errors.ts";
import type { ClusterConfig } from "./types.ts";

type Factors = Pick<ClusterConfig, "replicationFactorMin" | "replicationFactorMax">;

const typeNames: Readonly<Record<PinType, string>> = {
  data: "pin",
  meta: "meta-pin",
  clusterdag: "clusterdag-pin",
  shard: "shard-pin",
};

/** Fills in the cluster's replication factors and checks them. @throws {InvalidPinRequestError} */
export function withFactors(options: PinOptions, config: Factors): PinOptions {
  const replicationFactorMin = options.replicationFactorMin || config.replicationFactorMin;
  const replicationFactorMax = options.replicationFactorMax || config.replicationFactorMax;
  const problem = factorsProblem(replicationFactorMin, replicationFactorMax);
  if (problem !== undefined) {
    throw new InvalidPinRequestError(`cluster.replication_factor_${problem}`);
  }
  return { ...options, replicationFactorMin, replicationFactorMax };
}

/** @throws {InvalidPinRequestError} when the pin would have expired already */
export function checkExpiry(options: PinOptions, now: number): void {
  if (options.expireAt !== 0 && options.expireAt < now) {
    throw new InvalidPinRequestError("pin.ExpireAt set before current time");
  }
}

/** @throws {InvalidPinRequestError} when a pin may not take the place of the one there is */
export function checkReplacement(
  options: PinOptions,
  existing: Pin | undefined,
  type: PinType = "data",
): void {
  if (existing === undefined) return;
  if (existing.type !== type) {
    throw new InvalidPinRequestError(
      "cannot repin CID with different tracking method, clear state with pin rm to proceed. " +
        `New: ${typeNames[type]}. Was: ${typeNames[existing.type]}`,
    );
  }
  if (existing.mode === "recursive" && options.mode !== "recursive") {
    throw new InvalidPinRequestError(
      "cannot repin a CID which is already pinned in recursive mode " +
        `(new pin is pinned as ${options.mode}). Unpin it first.`,
    );
  }
}

/** @throws {InvalidPinRequestError} when a pin of this type is not removed by itself */
export function checkRemoval(pin: Pin): void {
  if (!isPart(pin)) return;
  const what = pin.type === "shard" ? "shard" : "Cluster DAG";
  throw new InvalidPinRequestError(
    `cannot unpin a ${what} directly. Unpin content root CID instead`,
  );
}

/** Whether a pin is there for another one, of type meta, and goes with it. */
export function isPart({ type }: Pin): boolean {
  return type === "shard" || type === "clusterdag";
}

/** A new data pin. */
export function dataPin(
  cid: CID,
  options: PinOptions,
  set: { readonly allocations: readonly string[]; readonly timestamp: number },
): Pin {
  const maxDepth = depthOf(options.mode);
  return { ...options, cid, type: "data", maxDepth, reference: undefined, ...set };
}

/** The pin that takes over another's options and allocations (cluster 6.6). @throws {InvalidPinRequestError} */
export function updatedPin(
  existing: Pin,
  to: { readonly cid: CID; readonly now: number; readonly options: PinOptions },
): Pin {
  if (existing.type !== "data") {
    throw new InvalidPinRequestError("this pin type cannot be updated");
  }
  const { name, expireAt } = to.options;
  return {
    ...existing,
    cid: to.cid,
    pinUpdate: existing.cid,
    timestamp: to.now,
    name: name === "" ? existing.name : name,
    expireAt: expireAt > to.now ? expireAt : existing.expireAt,
  };
}

/** Whether a pin is for every peer. */
export function isEverywhere(options: PinOptions): boolean {
  return options.replicationFactorMin === -1 && options.replicationFactorMax === -1;
}

/** Whether a peer has to hold the content of a pin. */
export function isAllocatedTo(pin: Pin, peer: string): boolean {
  return isEverywhere(pin) || pin.allocations.length === 0 || pin.allocations.includes(peer);
}

function factorsProblem(min: number, max: number): string | undefined {
  if (min > max) return "min is larger than max";
  if (min < -1) return "min is wrong";
  if (max < -1) return "max is wrong";
  return (min === -1) === (max === -1) ? undefined : "min and max must be -1 when one of them is";
}
