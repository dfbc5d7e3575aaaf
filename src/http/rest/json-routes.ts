import {
  alertToJson,
  BadParameterError,
  clusterPeerToJson,
  goTime,
  goTimeText,
  metricToJson,
  parsePinOptions,
  pinInfoToJson,
  type PinJson,
  pinToJson,
  repoGcToJson,
  trafficToJson,
} from "#api";
import { messageOf, readJson } from "#lib";
import {
  type CID,
  formatContentPath,
  parseCid,
  parseContentPath,
  peerIdBytes,
  type Pin,
  type PinOptions,
} from "#model";

import { type JsonAnswer, ok, okPin } from "./answers.ts";
import { connectGraph } from "./connect-graph.ts";
import type { RestDeps } from "./deps.ts";

/** A request as a JSON route sees it. */
export interface JsonRequest {
  /** What stands where the path has `:name`, decoded, or null when it cannot be; and for `*`, as sent. */
  readonly params: Readonly<Record<string, string | null>>;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
  readonly text: () => Promise<string>;
}

export interface JsonRoute {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Asked for thousands of times a second by some. */
  readonly isOften?: true;
  readonly answer: (deps: RestDeps, request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>;
}

/** Routes that answer one document. */
export const jsonRoutes: readonly JsonRoute[] = [
  {
    method: "GET",
    path: "/id",
    answer: async ({ cluster }) => ok(clusterPeerToJson(await cluster.id())),
  },
  { method: "GET", path: "/version", answer: ({ cluster }) => ok({ version: cluster.version }) },
  { method: "GET", path: "/health", answer: () => ({ status: 204 }) },
  {
    method: "GET",
    path: "/health/graph",
    answer: async ({ cluster }) => ok(await connectGraph(cluster)),
  },
  {
    method: "GET",
    path: "/health/alerts",
    answer: ({ cluster }) => ok(cluster.alerts().map(alertToJson)),
  },
  {
    method: "GET",
    path: "/health/bandwidth",
    answer: ({ cluster }) => ok(trafficToJson(cluster.traffic())),
  },
  {
    method: "GET",
    path: "/monitor/metrics",
    answer: ({ cluster }) => ok(cluster.metricNames()),
  },
  {
    method: "GET",
    path: "/monitor/metrics/:name",
    answer: async ({ cluster }, { params }) =>
      ok((await cluster.metrics(params["name"] ?? "")).map(metricToJson)),
  },
  {
    method: "POST",
    path: "/ipfs/gc",
    answer: async ({ cluster }, request) =>
      ok(repoGcToJson(await cluster.repoGc({ signal: request.signal, ...localOf(request) }))),
  },
  { method: "POST", path: "/peers", answer: addPeer },
  { method: "DELETE", path: "/peers/:peer", answer: removePeer },
  {
    method: "GET",
    path: "/allocations/:cid",
    isOften: true,
    answer: async ({ cluster }, request) =>
      okPin(pinToJson(await cluster.allocation(cidOf(request)), "stored")),
  },
  {
    method: "GET",
    path: "/pins/:cid",
    isOften: true,
    answer: async ({ cluster }, request) =>
      ok(
        pinInfoToJson(
          await cluster.status(cidOf(request), { ...localOf(request), ...progressOf(request) }),
        ),
      ),
  },
  {
    method: "POST",
    path: "/pins/:cid/recover",
    answer: async ({ cluster }, request) =>
      ok(pinInfoToJson(await cluster.recover(cidOf(request), localOf(request)))),
  },
  {
    method: "POST",
    path: "/pins/:cid",
    isOften: true,
    answer: async ({ cluster, clock }, request) => {
      const cid = cidOf(request);
      return okPin(freshPin(await cluster.pin(cid, optionsOf(request, clock.now())), request));
    },
  },
  {
    method: "DELETE",
    path: "/pins/:cid",
    isOften: true,
    answer: async ({ cluster }, request) =>
      okPin(pinToJson(await cluster.unpin(cidOf(request)), "stored")),
  },
  ...(["ipfs", "ipns", "ipld"] as const).flatMap(pathRoutes),
];

function pathRoutes(namespace: string): readonly JsonRoute[] {
  const path = `/pins/${namespace}/*`;
  return [
    {
      method: "POST",
      path,
      answer: async ({ cluster, clock }, request) => {
        const pinned = contentPathOf(namespace, request);
        const options = optionsOf(request, clock.now());
        return okPin(freshPin(await cluster.pinPath(pinned, options, request), request));
      },
    },
    {
      method: "DELETE",
      path,
      answer: async ({ cluster }, request) =>
        okPin(
          pinToJson(await cluster.unpinPath(contentPathOf(namespace, request), request), "stored"),
        ),
    },
  ];
}

/** The CID of the path. @throws {BadParameterError} */
function cidOf(request: JsonRequest): CID {
  return decodeCidParameter(request.params["cid"] ?? "");
}

/** @throws {BadParameterError} worded as IPFS Cluster */
export function decodeCidParameter(text: string): CID {
  try {
    return parseCid(text);
  } catch (cause) {
    throw new BadParameterError(`error decoding Cid: ${messageOf(cause)}`, { cause });
  }
}

/** Only this exact word counts. */
export function localOf(request: { readonly query: URLSearchParams }): {
  readonly isLocal: boolean;
} {
  return { isLocal: request.query.get("local") === "true" };
}

/** Ours: `progress=true`. */
export function progressOf(request: { readonly query: URLSearchParams }): {
  readonly withProgress: boolean;
} {
  return { withProgress: request.query.get("progress") === "true" };
}

function contentPathOf(namespace: string, request: JsonRequest): string {
  try {
    const path = decodeURIComponent(request.params["*"] ?? "");
    return formatContentPath(parseContentPath(`/${namespace}/${path}`));
  } catch (cause) {
    throw new BadParameterError(`error parsing path: ${messageOf(cause)}`, { cause });
  }
}

/** A pin as the POST that made it answers it: some of it as it was asked for. */
function freshPin(pin: Pin, { query }: JsonRequest): PinJson {
  // an update answers what it took over from the pinset
  const isUpdate = pin.pinUpdate !== undefined && !pin.pinUpdate.equals(pin.cid);
  if (isUpdate) return { ...pinToJson(pin, "stored"), timestamp: goTime(pin.timestamp) };
  const json = pinToJson(pin, "fresh");
  const expireAt = query.get("expire-at") ?? "";
  return {
    ...json,
    user_allocations: json.user_allocations ?? (query.get("user-allocations") ? [] : null),
    expire_at: expireAt === "" ? json.expire_at : goTimeText(expireAt),
  };
}

function optionsOf(request: JsonRequest, now: number): PinOptions {
  return parsePinOptions(request.query, now);
}

async function addPeer({ cluster }: RestDeps, request: JsonRequest): Promise<JsonAnswer> {
  const peer = peerOf(await request.text());
  const self = await cluster.id();
  if (peer !== self.id) throw new Error("failed to find any peer in table");
  return ok(clusterPeerToJson(self));
}

function removePeer(_deps: RestDeps, request: JsonRequest): JsonAnswer {
  try {
    peerIdBytes(request.params["peer"] ?? "");
  } catch (cause) {
    throw new BadParameterError(`error decoding Peer ID: ${messageOf(cause)}`, { cause });
  }
  throw new Error("crdt consensus component cannot remove peers");
}

/** The peer that a body names. What follows the first document does not count, as for Go's decoder. */
function peerOf(text: string): string {
  const document = readJson(text, "first", failToDecode) ?? {};
  if (typeof document !== "object" || Array.isArray(document)) return failToDecode();
  const peer = "peer_id" in document ? (document.peer_id ?? "") : "";
  if (typeof peer !== "string") return failToDecode();
  try {
    peerIdBytes(peer);
  } catch (cause) {
    throw new BadParameterError("error decoding peer_id", { cause });
  }
  return peer;
}

function failToDecode(): never {
  throw new BadParameterError("error decoding request body");
}
