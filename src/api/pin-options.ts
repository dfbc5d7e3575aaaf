import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";

import { durationProblem, messageOf, parseDuration } from "#lib";
import { type CID, defaultPinOptions, parseCid, peerIdBytes, type PinOptions } from "#model";

import { BadParameterError } from "./errors.ts";
import { goTime, goTimeProblem, parseGoTime } from "./go-time.ts";
import { intParameter, listParameter } from "./query.ts";

const metaPrefix = "meta-";

/**
 * Pin options from a query (IPFS Cluster 1.1.6, `PinOptions.FromQuery`). `now` is what `expire-in` counts from.
 * @throws {BadParameterError} for the first option that cannot be read
 */
export function parsePinOptions(query: URLSearchParams, now: number): PinOptions {
  if (query.size === 0) return defaultPinOptions;
  const [replicationFactorMin, replicationFactorMax] = parseFactors(query);
  return {
    name: query.get("name") ?? "",
    mode: query.get("mode") === "direct" ? "direct" : "recursive",
    replicationFactorMin,
    replicationFactorMax,
    shardSize: parseShardSize(query.get("shard-size") ?? ""),
    userAllocations: listParameter(query, "user-allocations").filter(isPeerId),
    expireAt: parseExpiry(query, now),
    metadata: parseMetadata(query),
    pinUpdate: parsePinUpdate(query.get("pin-update") ?? ""),
    origins: listParameter(query, "origins").map(parseOrigin),
  };
}

/** The query of pin options, with all of IPFS Cluster's client's parameters and in their order. */
export function pinOptionsToQuery(options: Partial<PinOptions>): URLSearchParams {
  const query = new URLSearchParams({
    "replication-min": String(options.replicationFactorMin ?? 0),
    "replication-max": String(options.replicationFactorMax ?? 0),
    name: options.name ?? "",
    mode: options.mode ?? "recursive",
    "shard-size": String(options.shardSize ?? 0),
    "user-allocations": options.userAllocations?.join(",") ?? "",
  });
  if (options.expireAt) query.set("expire-at", goTime(options.expireAt));
  for (const [key, value] of Object.entries(options.metadata ?? {})) {
    if (key !== "") query.set(`${metaPrefix}${key}`, value);
  }
  if (options.pinUpdate !== undefined) query.set("pin-update", options.pinUpdate.toString());
  if (options.origins?.length) query.set("origins", options.origins.join(","));
  query.sort();
  return query;
}

function parseFactors(query: URLSearchParams): readonly [min: number, max: number] {
  const both = query.get("replication") ?? "";
  const factors = both === "" ? query : new URLSearchParams();
  if (both !== "") {
    factors.set("replication-min", both);
    factors.set("replication-max", both);
  }
  const min = intParameter(factors, "replication-min") ?? 0;
  return [min, intParameter(factors, "replication-max") ?? 0];
}

function parseShardSize(text: string): number {
  if (text === "") return 0;
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new BadParameterError("parameter shard_size is invalid");
}

/** `expire-at` wins over `expire-in`. */
function parseExpiry(query: URLSearchParams, now: number): number {
  const at = query.get("expire-at") ?? "";
  if (at !== "") {
    const problem = goTimeProblem(at);
    if (problem !== undefined) {
      throw new BadParameterError(`expire-at cannot be parsed: ${problem}`);
    }
    return parseGoTime(at) ?? 0;
  }
  const text = query.get("expire-in") ?? "";
  if (text === "") return 0;
  const durationMs = parseDuration(text);
  if (durationMs === undefined) {
    throw new BadParameterError(`expire-in cannot be parsed: ${durationProblem(text)}`);
  }
  if (durationMs < 1000) throw new BadParameterError("expire-in duration too short");
  return Math.floor(now + durationMs);
}

function parseMetadata(query: URLSearchParams): Record<string, string> {
  const keys = [...new Set(query.keys())].filter(
    (key) => key.startsWith(metaPrefix) && key.length > metaPrefix.length,
  );
  return Object.fromEntries(
    keys.map((key) => [key.slice(metaPrefix.length), query.get(key) ?? ""]),
  );
}

function parsePinUpdate(text: string): CID | undefined {
  if (text === "") return undefined;
  try {
    return parseCid(text);
  } catch (cause) {
    const problem = messageOf(cause);
    throw new BadParameterError(`error decoding update option parameter: ${problem}`, { cause });
  }
}

function parseOrigin(text: string): string {
  let address: Multiaddr;
  try {
    address = multiaddr(text);
  } catch (cause) {
    const problem = messageOf(cause);
    throw new BadParameterError(`error decoding multiaddress: ${problem}`, { cause });
  }
  // `/ipfs/ID` is an older way to write `/p2p/ID`
  if (address.getComponents().some(({ name }) => name === "p2p"))
    return address.toString().replaceAll("/ipfs/", "/p2p/");
  const problem = "protocol not found in multiaddr";
  throw new BadParameterError(`multiaddress does not contain peer ID: ${problem}`);
}

function isPeerId(text: string): boolean {
  try {
    peerIdBytes(text);
    return true;
  } catch {
    return false; // left out, as IPFS Cluster does
  }
}
