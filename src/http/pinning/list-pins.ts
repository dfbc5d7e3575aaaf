import type { Cluster } from "#cluster";
import type { GlobalPinInfo, Pin } from "#model";

import { type Created, createdOf, isWithin } from "./created.ts";
import type { ListQuery } from "./list-query.ts";
import { NewestItems } from "./newest.ts";
import { delegatesOf, pinStatusToJson, serviceStatusOf, statusBits } from "./pin-status.ts";
import type { PinResultsJson, ServiceStatus } from "./types.ts";

interface Match {
  readonly info: GlobalPinInfo;
  readonly status: ServiceStatus;
  readonly created: Created;
}

/**
 * One page of the pins that match, newest first, and how many there are in all. The pinset streams past and no more than a
 * page of it is held, so the time grows with the pinset and the memory does not.
 */
export async function listPins(
  cluster: Cluster,
  query: ListQuery,
  signal: AbortSignal,
): Promise<PinResultsJson> {
  const newest = new NewestItems<Match>(query.limit);
  let count = 0;
  for await (const infos of pagesOf(cluster, query, signal)) {
    for (const info of infos) {
      const match = matchOf(info, query);
      if (match === undefined) continue;
      count += 1;
      newest.offer(match);
    }
  }
  const page = newest.page();
  const delegates = page.length === 0 ? [] : await delegatesOf(cluster);
  const results = page.map(({ info, ...rest }) => pinStatusToJson(info, { ...rest, delegates }));
  return { count, results };
}

async function* pagesOf(
  cluster: Cluster,
  query: ListQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly GlobalPinInfo[]> {
  if (query.cids.length > 0) {
    yield await Array.fromAsync(cluster.statusOf(query.cids, { signal }));
    return;
  }
  const filter = statusBits.reduce(
    (sum, [name, bits]) => (query.statuses.has(name) ? sum | bits : sum),
    0,
  );
  const where = ({ cid, name, metadata, timestamp: created }: Pin): boolean =>
    isWanted({ cid, name, metadata, created }, query);
  yield* cluster.statusPages({ signal, filter, where });
}

function matchOf(info: GlobalPinInfo, query: ListQuery): Match | undefined {
  const status = serviceStatusOf(info);
  if (status === undefined || !query.statuses.has(status)) return undefined;
  return isWanted(info, query) ? { info, status, created: createdOf(info) } : undefined;
}

/** Whether a pin is what the query looks for, however it stands. */
function isWanted(
  pin: Pick<GlobalPinInfo, "cid" | "name" | "metadata" | "created">,
  query: ListQuery,
): boolean {
  const { before, after, meta } = query;
  if (!query.hasName(pin.name)) return false;
  if (!meta.every(([key, value]) => pin.metadata[key] === value)) return false;
  return (before === undefined && after === undefined) || isWithin(createdOf(pin), query);
}
