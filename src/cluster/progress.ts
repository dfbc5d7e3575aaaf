import type { CID, ContentProgress, PinInfo, TrackerStatus } from "#model";

import type { IpfsConnector } from "./ports.ts";

/** Why a status lasts, for those that wait. */
const reasons: Partial<Readonly<Record<TrackerStatus, string>>> = {
  pin_queued: "waits for its turn",
  unpin_queued: "waits for its turn",
  pin_error: "waits to be tried again",
  unpin_error: "waits to be tried again",
  unexpectedly_unpinned: "waits to be tried again",
};

/** The same status, and how far the node is with the content. */
export function withProgress(connector: IpfsConnector, cid: CID, info: PinInfo): PinInfo {
  return { ...info, progress: progressOf(connector, cid, info) };
}

function progressOf(connector: IpfsConnector, cid: CID, info: PinInfo): ContentProgress {
  const fetching = info.status === "pinning" ? connector.pinProgress?.(cid) : undefined;
  if (fetching === undefined) {
    // what has not failed and has a reason all the same is `offline`
    const waiting = info.status === "pinning" ? info.error : (reasons[info.status] ?? "");
    return { blocks: 0, bytes: 0, providers: 0, waiting };
  }
  const { totalBlocks: blocks, totalBytes: bytes, providers, waiting } = fetching;
  return { blocks, bytes, providers, waiting };
}
