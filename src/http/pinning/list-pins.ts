import type { Cluster } from "#cluster";
import type { GlobalPinInfo } from "#model";

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
  { cids, statuses }: ListQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly GlobalPinInfo[]> {
  if (cids.length > 0) {
    yield await Array.fromAsync(cluster.statusOf(cids, { signal }));
    return;
  }
  const filter = statusBits.reduce(
    (sum, [name, bits]) => (statuses.has(name) ? sum | bits : sum),
    0,
  );
  yield* cluster.statusPages({ signal, filter });
}

function matchOf(info: GlobalPinInfo, query: ListQuery): Match | undefined {
  const status = serviceStatusOf(info);
  if (status === undefined || !query.statuses.has(status) || !query.hasName(info.name)) {
    return undefined;
  }
  if (!query.meta.every(([key, value]) => info.metadata[key] === value)) return undefined;
  const created = createdOf(info);
  return isWithin(created, query) ? { info, status, created } : undefined;
}
