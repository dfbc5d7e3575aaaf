// How `ipfs-cluster-ctl` 1.1.6 prints the REST API's documents.

import type { GlobalPinInfoJson, IdJson, PinJson } from "#api";

const zeroTime = "0001-01-01T00:00:00Z";

/** One line a pin. */
export function pinLine(pin: PinJson): string {
  const { replication_factor_min: min, replication_factor_max: max } = pin;
  const isEverywhere = min === -1 && max === -1;
  const where = isEverywhere ? "everywhere" : (pin.allocations ?? []).toSorted().join(" ");
  const type = `${pin.type.toUpperCase()}${pin.mode === "direct" ? "-DIRECT" : ""}`;
  const isNoted = Object.keys(pin.metadata ?? {}).length > 0;
  return [
    pin.cid,
    pin.name,
    type,
    `Repl. Factor: ${isEverywhere ? "-1" : `${min}--${max}`}`,
    `Allocations: [${where}]`,
    depthText(pin.max_depth),
    `Metadata: ${isNoted ? "yes" : "no"}`,
    `Exp: ${pin.expire_at === zeroTime ? "∞" : clockTime(pin.expire_at)}`,
    `Added: ${pin.timestamp === zeroTime ? "unknown" : clockTime(pin.timestamp)}`,
  ].join(" | ");
}

function depthText(depth: number): string {
  if (depth === -1) return "Recursive";
  return depth === 0 ? "Direct" : `Recursive-${depth}`;
}

/** In the zone in which it was told. */
function clockTime(text: string): string {
  return text.slice(0, "2006-01-02T15:04:05".length).replace("T", " ");
}

/** A line for the pin and one for every peer, by peer id. */
export function statusLines(info: GlobalPinInfoJson): string {
  const head = `${info.cid}${info.name === "" ? "" : ` | ${info.name}`}:`;
  const peers = Object.entries(info.peer_map).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = peers.map(([id, peer]) => {
    const name = (peer.peername === "" ? id : peer.peername).padEnd(20);
    const error = peer.error === "" ? "" : `: ${peer.error}`;
    const state = `${peer.status.toUpperCase()}${error} | ${peer.timestamp}`;
    const attempts = `Attempts: ${peer.attempt_count} | Priority: ${peer.priority_pin}`;
    return `    > ${name} : ${state} | ${attempts}`;
  });
  return [head, ...lines].join("\n");
}

/** A member with its addresses. */
export function idLines(peer: IdJson): string {
  if (peer.error !== "") return `${peer.id} | ERROR: ${peer.error}`;
  const others = Math.max(0, (peer.cluster_peers ?? []).length - 1);
  const node =
    peer.ipfs.error === ""
      ? [`  > IPFS: ${peer.ipfs.id ?? ""}`, ...listed(peer.ipfs.addresses)]
      : [`  > IPFS ERROR: ${peer.ipfs.error}`];
  return [
    `${peer.id} | ${peer.peername} | Sees ${others} other peers`,
    "  > Addresses:",
    ...listed(peer.addresses),
    ...node,
  ].join("\n");
}

function listed(addresses: readonly string[] | null): string[] {
  return (addresses ?? []).toSorted().map((address) => `    - ${address}`);
}
