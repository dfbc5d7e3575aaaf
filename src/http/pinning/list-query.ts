import { BadParameterError, goTimeProblem } from "#api";
import { goQuote, messageOf, readJson, unmarshalProblem } from "#lib";
import { type CID, parseCid } from "#model";

import { parseBound, type TimeBound } from "./created.ts";
import { type ServiceStatus, serviceStatuses } from "./types.ts";

const cidsMax = 10;
const limitMax = 1000;
const defaultLimit = 10;
const nameCharactersMax = 255;

const matchNames = ["exact", "iexact", "partial", "ipartial"] as const;
type Match = (typeof matchNames)[number];

/** What `GET /pins` asks for. */
export interface ListQuery {
  /** Without repetition; empty for all. */
  readonly cids: readonly CID[];
  readonly hasName: (name: string) => boolean;
  readonly statuses: ReadonlySet<ServiceStatus>;
  readonly before: TimeBound | undefined;
  readonly after: TimeBound | undefined;
  readonly limit: number;
  /** Pairs that a pin must have. */
  readonly meta: readonly (readonly [key: string, value: string])[];
}

/** @throws {BadParameterError} for the first parameter that the specification does not allow, worded as IPFS Cluster where it has words */
export function parseListQuery(query: URLSearchParams): ListQuery {
  return {
    cids: parseCids(query.get("cid") ?? ""),
    hasName: parseName(query.get("name") ?? "", query.get("match") ?? ""),
    statuses: parseStatuses(query.get("status") ?? "") ?? defaultStatuses(query),
    before: parseTime(query, "before"),
    after: parseTime(query, "after"),
    limit: parseLimit(query.get("limit") ?? ""),
    meta: parseMeta(query.get("meta") ?? ""),
  };
}

function parseCids(text: string): readonly CID[] {
  const texts = text === "" ? [] : text.split(",");
  if (texts.length > cidsMax) {
    throw new BadParameterError(`error in 'cid' query param: more than ${cidsMax} cids`);
  }
  const cids = new Map<string, CID>();
  for (const each of texts) {
    const cid = parseEach(each);
    cids.set(cid.toString(), cid);
  }
  return [...cids.values()];
}

function parseEach(text: string): CID {
  try {
    return parseCid(text);
  } catch (cause) {
    throw new BadParameterError(`error decoding cid ${text}: ${messageOf(cause)}`, { cause });
  }
}

function parseName(name: string, matchName: string): (name: string) => boolean {
  if (Array.from(name).length > nameCharactersMax) {
    throw new BadParameterError(
      `error in 'name' query param: longer than ${nameCharactersMax} chars`,
    );
  }
  const match = matchName === "" ? "exact" : matchNames.find((known) => known === matchName);
  if (match === undefined) {
    const known = matchNames.join(", ");
    throw new BadParameterError(
      `error in 'match' query param: ${matchName}: must be one of ${known}`,
    );
  }
  return name === "" ? () => true : matchers[match](name);
}

const matchers: Readonly<Record<Match, (wanted: string) => (name: string) => boolean>> = {
  exact: (wanted) => (name) => name === wanted,
  iexact: (wanted) => {
    const lower = wanted.toLowerCase();
    return (name) => name.toLowerCase() === lower;
  },
  partial: (wanted) => (name) => name.includes(wanted),
  ipartial: (wanted) => {
    const lower = wanted.toLowerCase();
    return (name) => name.toLowerCase().includes(lower);
  },
};

/** Undefined when nothing is said. */
function parseStatuses(text: string): ReadonlySet<ServiceStatus> | undefined {
  if (text === "") return undefined;
  const names = text.replaceAll(" ", "").split(",");
  const statuses = serviceStatuses.filter((status) => names.includes(status));
  if (statuses.length === 0) {
    throw new BadParameterError("error decoding 'status' query param: no valid filter");
  }
  const unknown = names.find((name) => !statuses.some((status) => status === name));
  if (unknown === undefined) return new Set(statuses);
  throw new BadParameterError(`error decoding 'status' query param: ${unknown} is no status`);
}

/**
 * "When no filter is provided, only successful pins are returned", says the specification of `GET /pins`. What is asked for by
 * CID, name or metadata is found however it stands: the specification's own checks look for pins under way so.
 */
function defaultStatuses(query: URLSearchParams): ReadonlySet<ServiceStatus> {
  const isFiltered = ["cid", "name", "meta"].some((name) => (query.get(name) ?? "") !== "");
  return new Set(isFiltered ? serviceStatuses : ["pinned"]);
}

function parseTime(query: URLSearchParams, name: "before" | "after"): TimeBound | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const problem = goTimeProblem(text);
  if (problem === undefined) return parseBound(text);
  throw new BadParameterError(`error decoding '${name}' query param: ${text}: ${problem}`);
}

function parseLimit(text: string): number {
  if (text === "") return defaultLimit;
  const start = `error parsing 'limit' query param: ${text}: `;
  const isNumber = /^\d+$/.test(text);
  const limit = Number(text);
  if (!isNumber || limit >= 2 ** 64) {
    const problem = isNumber ? "value out of range" : "invalid syntax";
    throw new BadParameterError(`${start}strconv.ParseUint: parsing ${goQuote(text)}: ${problem}`);
  }
  if (limit >= 1 && limit <= limitMax) return limit;
  throw new BadParameterError(`${start}must be from 1 to ${limitMax}`);
}

function parseMeta(text: string): readonly (readonly [string, string])[] {
  if (text === "") return [];
  const fail = (problem: string): never => {
    throw new BadParameterError(`error unmarshalling 'meta' query param: ${text}: ${problem}`);
  };
  const value = readJson(text, "whole", fail) ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    return fail(unmarshalProblem(value, "Go value of type map[string]string"));
  }
  return Object.entries(value).map(([key, each]): readonly [string, string] => {
    if (typeof each === "string") return [key, each];
    return fail(unmarshalProblem(each, "Go value of type string"));
  });
}
