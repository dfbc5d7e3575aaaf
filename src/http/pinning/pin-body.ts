import { BadParameterError } from "#api";
import { messageOf, readJson, unmarshalProblem } from "#lib";
import { type CID, defaultPinOptions, parseCid, type PinOptions } from "#model";

import { parsePeerAddress } from "../kubo/multiaddr-text.ts";

const nameCharactersMax = 255;
const originsMax = 20;
const metaPairsMax = 1000;

/** A pin as a client asks for it. */
export interface WantedPin {
  readonly cid: CID;
  readonly options: PinOptions;
}

/**
 * Reads the body of a new pin. Worded as IPFS Cluster, which takes a body without a CID and does nothing.
 * @throws {BadParameterError}
 */
export function parsePinBody(text: string): WantedPin {
  const value = readJson(text, "first", fail) ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    return fail(unmarshalProblem(value, "Go value of type pinsvc.Pin"));
  }
  // Go's decoder takes names of fields in any case
  const fields = new Map<string, unknown>(
    Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]),
  );
  return {
    cid: parseBodyCid(fields.get("cid")),
    options: {
      ...defaultPinOptions,
      name: parseName(fields.get("name")),
      origins: parseOrigins(fields.get("origins")),
      metadata: parseMeta(fields.get("meta")),
    },
  };
}

function fail(problem: string): never {
  throw new BadParameterError(`error decoding request body: ${problem}`);
}

function parseBodyCid(value: unknown): CID {
  if (value === undefined || value === null) return fail("cid is missing");
  if (typeof value !== "string") return fail(mismatch(value, "cid", "string"));
  try {
    return parseCid(value);
  } catch (cause) {
    return fail(messageOf(cause));
  }
}

function parseName(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") return fail(mismatch(value, "name", "string"));
  if (Array.from(value).length > nameCharactersMax) {
    return fail(`pin name is over ${nameCharactersMax} chars`);
  }
  return value;
}

/** Without repetition. That they lead to a peer is not asked for, as in IPFS Cluster: such hints are passed over. */
function parseOrigins(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return fail(mismatch(value, "origins", "[]api.Multiaddr"));
  const items: readonly unknown[] = value;
  const origins = new Set(items.map(parseOrigin));
  if (origins.size > originsMax) return fail(`more than ${originsMax} origins`);
  return [...origins];
}

function parseOrigin(value: unknown): string {
  if (typeof value !== "string") return fail(mismatch(value, "origins", "string"));
  try {
    const { transport, peer } = parsePeerAddress(value);
    return peer === undefined ? transport : `${transport}/p2p/${peer}`;
  } catch (cause) {
    return fail(messageOf(cause));
  }
}

function parseMeta(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    return fail(mismatch(value, "meta", "map[string]string"));
  }
  const entries = Object.entries(value).map(([key, each]): [string, string] =>
    typeof each === "string" ? [key, each] : fail(mismatch(each, "meta", "string")),
  );
  if (entries.length > metaPairsMax) return fail(`more than ${metaPairsMax} pairs in meta`);
  return Object.fromEntries(entries);
}

function mismatch(value: unknown, field: string, type: string): string {
  return unmarshalProblem(value, `Go struct field Pin.${field} of type ${type}`);
}
