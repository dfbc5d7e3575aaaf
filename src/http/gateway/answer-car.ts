import { exportCar } from "#dag";
import { prefetching } from "#ipfs";

import { NotAcceptableError } from "./errors.ts";
import { carTag } from "./etags.ts";
import { blockDisposition, contentLocation, immutable } from "./headers.ts";
import { mediaTypes } from "./negotiate.ts";
import { versionOne } from "./places.ts";
import { stream } from "./send-content.ts";
import { queryOf, type Visit } from "./visit.ts";

/** The one kind of CAR there is so far: a whole DAG, depth first, each block once. */
const only: Readonly<Record<string, readonly string[]>> = {
  "dag-scope": ["all"],
  "entity-bytes": [],
  "car-version": ["1"],
  "car-order": ["dfs", "unk"],
  "car-dups": ["n"],
};

/** Answers with the DAG below a CID as a CAR (trustless gateway). */
export async function answerCar(visit: Visit): Promise<void> {
  const { exchange, place, source } = visit;
  requireSupported(visit);
  const { signal } = exchange;
  const headers = {
    ...place.headers,
    ...contentLocation(visit),
    ...blockDisposition(visit, `${versionOne(place.cid)}.car`, "attachment"),
    Etag: carTag(place.cid),
    "Cache-Control": immutable,
    "Content-Type": `${mediaTypes.car}; version=1; order=dfs; dups=n`,
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "none",
  };
  // a root that is missing is answered as such, not with a broken CAR
  await source.get(place.cid, { signal });
  if (exchange.method === "HEAD") return exchange.begin(200, headers).end();
  const pieces = exportCar(prefetching(source), place.cid, { signal });
  return stream(exchange, { status: 200, headers, sizeBytes: undefined }, pieces);
}

/** @throws {NotAcceptableError} for a part, a path, or another order */
function requireSupported(visit: Visit): void {
  const { wanted, place, exchange } = visit;
  if (place.target.path.segments.length > 0) throw unsupported("a path below the CID");
  for (const [name, supported] of Object.entries(only)) {
    const inAccept = name.startsWith("car-")
      ? wanted.parameters.get(name.slice("car-".length))
      : undefined;
    const value = queryOf(exchange, name) ?? inAccept;
    if (value !== undefined && !supported.includes(value)) throw unsupported(`${name}=${value}`);
  }
}

function unsupported(what: string): NotAcceptableError {
  return new NotAcceptableError(
    `CAR with ${what} is not supported: ask for /ipfs/<cid>?format=car (dag-scope=all, version 1, order dfs, no ` +
      "duplicates), or for single blocks with ?format=raw",
  );
}
