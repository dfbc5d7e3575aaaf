import type { PinOptions } from "#model";

import { BadParameterError } from "./errors.ts";
import { parsePinOptions, pinOptionsToQuery } from "./pin-options.ts";
import { boolParameter, intParameter } from "./query.ts";

/** What `POST /add` may be asked for (cluster 1.9.1). */
export interface AddParams {
  /** Options of the pin at the end. */
  readonly pin: PinOptions;
  readonly format: "unixfs" | "car";
  readonly layout: "balanced" | "trickle";
  readonly chunker: string;
  readonly hash: string;
  /** Undefined: 0, or 1 where the hash function demands it. */
  readonly cidVersion: number | undefined;
  /** Undefined: with CID version 1. */
  readonly rawLeaves: boolean | undefined;
  readonly wrapWithDirectory: boolean;
  readonly progress: boolean;
  /** One JSON line an event as it happens; else one array at the end. */
  readonly streamChannels: boolean;
  /** Blocks go to the peer that was asked, whoever will hold the pin. */
  readonly local: boolean;
  readonly noPin: boolean;
  readonly noCopy: boolean;
  readonly shard: boolean;
}

/** @throws {BadParameterError} for the first parameter that cannot be read, in IPFS Cluster's order */
export function parseAddParams(query: URLSearchParams, now: number): AddParams {
  const pin = { ...parsePinOptions(query, now), mode: "recursive" as const, pinUpdate: undefined };
  const layout = query.get("layout") ?? "";
  if (layout !== "" && layout !== "balanced" && layout !== "trickle") {
    throw new BadParameterError("layout parameter is invalid");
  }
  const format = query.get("format") ?? "";
  if (format !== "" && format !== "unixfs" && format !== "car") {
    throw new BadParameterError("format parameter is invalid");
  }
  const flag = (name: string): boolean => boolParameter(query, name) ?? false;
  const local = flag("local");
  flag("recursive");
  flag("hidden");
  const wrapWithDirectory = flag("wrap-with-directory");
  const shard = flag("shard");
  const progress = flag("progress");
  const cidVersion = intParameter(query, "cid-version");
  return {
    pin,
    format: format === "" ? "unixfs" : format,
    layout: layout === "" ? "balanced" : layout,
    chunker: query.get("chunker") || "size-262144",
    hash: query.get("hash") || "sha2-256",
    cidVersion,
    rawLeaves: boolParameter(query, "raw-leaves"),
    wrapWithDirectory,
    progress,
    streamChannels: boolParameter(query, "stream-channels") ?? true,
    local,
    noCopy: flag("nocopy"),
    noPin: flag("no-pin"),
    shard,
  };
}

/** Add parameters as a client sends them: the server says which words it takes. What is left out is its default. */
export type AddWishes = Partial<Omit<AddParams, "pin" | "format" | "layout">> & {
  readonly pin?: Partial<PinOptions>;
  readonly format?: string;
  readonly layout?: string;
  /** Sent for the record: what is uploaded has been chosen. */
  readonly recursive?: boolean;
  readonly hidden?: boolean;
};

/** The query of add parameters. */
export function addParamsToQuery(params: AddWishes): URLSearchParams {
  const query = pinOptionsToQuery(params.pin ?? {});
  const named = {
    format: params.format,
    layout: params.layout,
    chunker: params.chunker,
    hash: params.hash,
    "cid-version": params.cidVersion,
    "raw-leaves": params.rawLeaves,
    "wrap-with-directory": params.wrapWithDirectory,
    progress: params.progress,
    "stream-channels": params.streamChannels,
    local: params.local,
    "no-pin": params.noPin,
    nocopy: params.noCopy,
    shard: params.shard,
    recursive: params.recursive,
    hidden: params.hidden,
  };
  for (const [name, value] of Object.entries(named)) {
    if (value !== undefined) query.set(name, String(value));
  }
  query.sort();
  return query;
}
