import {
  clusterPeerToJson,
  goJson,
  parsePinTypeFilter,
  parseStatusFilter,
  pinInfoLine,
  pinLine,
} from "#api";
import type { CID } from "#model";

import { type Account, tokenFor } from "../auth/index.ts";
import type { Exchange } from "../kernel/index.ts";
import { sendAdd } from "./add.ts";
import { jsonType } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { decodeCidParameter, localOf, progressOf } from "./json-routes.ts";
import { sendStream, singly } from "./send-stream.ts";

export interface StreamRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Throws before anything was sent when the request is bad. */
  readonly serve: (
    deps: RestDeps,
    exchange: Exchange,
    account: Account | undefined,
  ) => Promise<void>;
}

/** Routes that answer, or take, more than fits into memory, or ask who is there. */
export const streamRoutes: readonly StreamRoute[] = [
  { method: "POST", path: "/add", serve: sendAdd },
  { method: "POST", path: "/token", serve: sendToken },
  {
    method: "GET",
    path: "/peers",
    serve: ({ cluster }, exchange) =>
      sendStream(exchange, singly(cluster.peers()), (peer) => goJson(clusterPeerToJson(peer))),
  },
  { method: "GET", path: "/pins", serve: serveStatuses },
  {
    method: "POST",
    path: "/pins/recover",
    serve: ({ cluster }, exchange) => {
      const options = { signal: exchange.signal, ...localOf(exchange) };
      return sendStream(exchange, singly(cluster.recoverAll(options)), pinInfoLine);
    },
  },
  {
    method: "GET",
    path: "/allocations",
    serve: ({ cluster }, exchange) => {
      const types = parsePinTypeFilter(exchange.query.get("filter") ?? "");
      return sendStream(exchange, cluster.allocationPages(), (pin) =>
        types === undefined || types.has(pin.type) ? pinLine(pin) : "",
      );
    },
  },
];

async function sendToken(
  { gate, clock }: RestDeps,
  exchange: Exchange,
  account: Account | undefined,
): Promise<void> {
  const token = await tokenFor(gate, { account, query: exchange.query, now: clock.now() });
  if (token !== undefined) return exchange.send(200, jsonType, goJson(token));
  return exchange.send(401, jsonType, goJson({ code: 401, message: "unauthorized" }));
}

function serveStatuses({ cluster }: RestDeps, exchange: Exchange): Promise<void> {
  const options = { signal: exchange.signal, ...localOf(exchange), ...progressOf(exchange) };
  const cids = cidsOf(exchange.query.get("cids") ?? "");
  if (cids.length > 0) {
    return sendStream(exchange, singly(cluster.statusOf(cids, options)), pinInfoLine);
  }
  const filter = parseStatusFilter(exchange.query.get("filter") ?? "");
  return sendStream(exchange, cluster.statusPages({ ...options, filter }), pinInfoLine);
}

function cidsOf(text: string): readonly CID[] {
  return text === "" ? [] : text.split(",").map(decodeCidParameter);
}
