import { BadParameterError, goJson, type Scope } from "#api";
import { type Gate, messageOf } from "#lib";
import { type CID, parseCid } from "#model";

import { type Account, tokenFor } from "../auth/index.ts";
import { type Exchange, readDocument } from "../kernel/index.ts";
import { jsonType } from "../rest/answers.ts";
import type { ApiDeps } from "../rest/deps.ts";
import { UnknownPinError } from "./errors.ts";
import { listPins } from "./list-pins.ts";
import { parseListQuery } from "./list-query.ts";
import { parsePinBody } from "./pin-body.ts";
import { delegatesOf, pinStatusToJson, serviceStatusOf } from "./pin-status.ts";
import type { PinStatusJson } from "./types.ts";

export interface RouteDeps extends ApiDeps {
  /** Lets so many lists be made at once. */
  readonly lists: Gate;
}

/** A request to a route; `id` is what stands where the path has `:requestid`. */
interface PinningRequest {
  readonly exchange: Exchange;
  readonly id: string;
  readonly account: Account | undefined;
}

export interface PinningRoute {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** What an account must be allowed; `login`: it must be known, and the route says more. */
  readonly need: Scope | "open" | "login";
  /** Throws before anything was sent. */
  readonly answer: (deps: RouteDeps, request: PinningRequest) => Promise<void>;
}

export const pinningRoutes: readonly PinningRoute[] = [
  { method: "GET", path: "/pins", need: "read", answer: sendList },
  { method: "POST", path: "/pins", need: "pin", answer: addPin },
  { method: "GET", path: "/pins/:requestid", need: "read", answer: getPin },
  { method: "POST", path: "/pins/:requestid", need: "pin", answer: replacePin },
  {
    method: "DELETE",
    path: "/pins/:requestid",
    need: "pin",
    answer: async ({ cluster }, { exchange, id }) => {
      await cluster.unpin(parseRequestId(id));
      await exchange.send(202, jsonType);
    },
  },
  { method: "POST", path: "/token", need: "login", answer: sendToken },
  {
    method: "GET",
    path: "/health",
    need: "open",
    answer: (_deps, { exchange }) => exchange.send(204, jsonType),
  },
];

async function sendList(
  { cluster, lists }: RouteDeps,
  { exchange }: PinningRequest,
): Promise<void> {
  const query = parseListQuery(exchange.query);
  // single pins are looked up, the others looked for
  const isShort = query.cids.length > 0;
  const leave = isShort ? undefined : await lists.enter(exchange.signal);
  try {
    const results = await listPins(cluster, query, exchange.signal);
    await exchange.send(200, jsonType, goJson(results));
  } finally {
    leave?.();
  }
}

async function addPin(deps: ApiDeps, { exchange }: PinningRequest): Promise<void> {
  const { cid, options } = parsePinBody(await readDocument(exchange.body));
  await deps.cluster.pin(cid, options);
  await sendAccepted(deps, exchange, cid);
}

/** The new pin has only what the request says of it, unlike in IPFS Cluster, where it keeps the old one's options. */
async function replacePin(deps: ApiDeps, { exchange, id }: PinningRequest): Promise<void> {
  const { cid, options } = parsePinBody(await readDocument(exchange.body));
  const old = parseRequestId(id);
  await deps.cluster.allocation(old); // throws when there is none
  await deps.cluster.pin(cid, options);
  if (!cid.equals(old)) await deps.cluster.unpin(old);
  await sendAccepted(deps, exchange, cid);
}

async function sendAccepted(deps: ApiDeps, exchange: Exchange, cid: CID): Promise<void> {
  await exchange.send(202, jsonType, goJson(await statusOf(deps, cid)));
}

async function getPin(deps: ApiDeps, { exchange, id }: PinningRequest): Promise<void> {
  await exchange.send(200, jsonType, goJson(await statusOf(deps, parseRequestId(id))));
}

/** @throws {UnknownPinError} */
async function statusOf({ cluster }: ApiDeps, cid: CID): Promise<PinStatusJson> {
  const info = await cluster.status(cid);
  const status = serviceStatusOf(info);
  if (status === undefined) throw new UnknownPinError();
  return pinStatusToJson(info, { status, delegates: await delegatesOf(cluster) });
}

/** @throws {BadParameterError} */
function parseRequestId(text: string): CID {
  try {
    return parseCid(decodeURIComponent(text));
  } catch (cause) {
    throw new BadParameterError(`error decoding requestID: ${messageOf(cause)}`, { cause });
  }
}

async function sendToken(
  { gate, clock }: ApiDeps,
  { exchange, account }: PinningRequest,
): Promise<void> {
  const token = await tokenFor(gate, { account, query: exchange.query, now: clock.now() });
  if (token !== undefined) return exchange.send(200, jsonType, goJson(token));
  return exchange.send(401, jsonType, goJson({ error: { reason: "unauthorized" } }));
}
