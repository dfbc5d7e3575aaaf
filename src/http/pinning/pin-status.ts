import { goMap } from "#api";
import type { Cluster } from "#cluster";
import { cidText, type GlobalPinInfo, trackerStatusBits } from "#model";

import { type Created, createdOf, formatCreated } from "./created.ts";
import type { PinStatusJson, ServiceStatus } from "./types.ts";

/** The specification's limit. */
const delegatesMax = 20;

/** As IPFS Cluster has it. */
const constantInfo = {
  source: "IPFS cluster API",
  warning1: "CID used for requestID. Conflicts possible",
  warning2: "experimental",
};

/**
 * Which statuses of peers make a status of the service, the first that fits. IPFS Cluster also hides pins that got lost in
 * the node, and shows failed unpins as failed pins; here the first are `failed` until they are tried again, the others gone.
 */
export const statusBits: readonly (readonly [ServiceStatus, number])[] = [
  [
    "failed",
    trackerStatusBits.cluster_error |
      trackerStatusBits.pin_error |
      trackerStatusBits.unexpectedly_unpinned,
  ],
  ["queued", trackerStatusBits.pin_queued],
  ["pinning", trackerStatusBits.pinning],
  ["pinned", trackerStatusBits.pinned],
];

/** The status of a pin; undefined for what is not in the pinset, and what no peer is to hold. */
export function serviceStatusOf(info: GlobalPinInfo): ServiceStatus | undefined {
  if (info.origins === undefined) return undefined;
  let bits = 0;
  for (const { status } of info.peers) bits |= trackerStatusBits[status];
  return statusBits.find(([, mask]) => (bits & mask) !== 0)?.[0];
}

/** What is told about a pin that has a status. */
export function pinStatusToJson(
  info: GlobalPinInfo,
  told: {
    readonly status: ServiceStatus;
    readonly delegates: readonly string[];
    readonly created?: Created;
  },
): PinStatusJson {
  const cid = cidText(info.cid);
  const meta = Object.entries(info.metadata);
  const { origins = [] } = info;
  return {
    requestid: cid,
    status: told.status,
    created: formatCreated(told.created ?? createdOf(info)),
    pin: {
      cid,
      name: info.name === "" ? undefined : info.name,
      origins: origins.length === 0 ? undefined : origins,
      meta: meta.length === 0 ? undefined : goMap(meta),
    },
    delegates: told.delegates.length > 0 ? told.delegates : nodesOf(info),
    info: infoOf(info),
  };
}

/** Why a pin failed, or waits, is told where it is known. */
function infoOf({ peers }: GlobalPinInfo): PinStatusJson["info"] {
  const problem = peers.find(({ error }) => error !== "")?.error;
  const details = problem === undefined ? [] : [["status_details", problem] as const];
  return goMap([...Object.entries(constantInfo), ...details]);
}

/** Where clients may send content to: our node's addresses, for there is one peer. None while it does not answer. */
export async function delegatesOf(cluster: Cluster): Promise<readonly string[]> {
  const { ipfs } = await cluster.id();
  const self = `/p2p/${ipfs.id}`;
  const whole = ipfs.addresses.map((address) =>
    address.endsWith(self) ? address : `${address}${self}`,
  );
  return [...new Set(whole)].slice(0, delegatesMax);
}

/** Nodes without an address, since the list must not be empty: one that listens nowhere, or is away, is only named. */
function nodesOf({ peers }: GlobalPinInfo): readonly string[] {
  const ids = peers.map(({ ipfsPeerId }) => ipfsPeerId).filter((id) => id !== "");
  return ids.map((id) => `/p2p/${id}`).slice(0, delegatesMax);
}
