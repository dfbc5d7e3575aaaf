import { type CID, cidText, type GlobalPinInfo, type Pin, type PinInfo } from "#model";

import { pinTypeNames } from "./convert.ts";
import { compareBytes, goString } from "./go-json.ts";
import { goTime, wholeSecond } from "./go-time.ts";
import type { PinJson } from "./types.ts";

// A listing is hundreds of thousands of lines: the objects of convert.ts and goJson would cost most of the time. These build
// the text at once. What comes out is the same, which test/unit/api/lines.test.ts holds.

/** A pin of the pinset as a line: `goJson(pinToJson(pin, "stored"))`. */
export function pinLine(pin: Pin): string {
  return (
    `{"replication_factor_min":${pin.replicationFactorMin},"replication_factor_max":${pin.replicationFactorMax},` +
    `"name":${goString(pin.name)},"mode":"${pin.mode}","shard_size":${pin.shardSize},"user_allocations":null,` +
    `"expire_at":"${goTime(pin.expireAt)}","metadata":${mapText(pin.metadata)},` +
    `"pin_update":${cidOrNull(pin.pinUpdate)},"origins":${listText(pin.origins)},"cid":"${cidText(pin.cid)}",` +
    `"type":"${pinTypeNames[pin.type]}","allocations":${listText(pin.allocations)},"max_depth":${pin.maxDepth},` +
    `"reference":${cidOrNull(pin.reference)},"timestamp":"${goTime(wholeSecond(pin.timestamp))}"}\n`
  );
}

/** A pin's document as a line: `goJson(json)`. */
export function pinJsonLine(json: PinJson): string {
  return (
    `{"replication_factor_min":${json.replication_factor_min},"replication_factor_max":${json.replication_factor_max},` +
    `"name":${goString(json.name)},"mode":"${json.mode}","shard_size":${json.shard_size},` +
    `"user_allocations":${listOrNull(json.user_allocations)},"expire_at":"${json.expire_at}",` +
    `"metadata":${json.metadata === null ? "null" : entriesText(json.metadata)},` +
    `"pin_update":${textOrNull(json.pin_update)},"origins":${listOrNull(json.origins)},"cid":"${json.cid}",` +
    `"type":"${json.type}","allocations":${listOrNull(json.allocations)},"max_depth":${json.max_depth},` +
    `"reference":${textOrNull(json.reference)},"timestamp":"${json.timestamp}"}\n`
  );
}

/** A status as a line: `goJson(pinInfoToJson(info))`. */
export function pinInfoLine(info: GlobalPinInfo): string {
  const { allocations, origins, peers } = info;
  const [first] = peers;
  const peerMap =
    first !== undefined && peers.length === 1
      ? peerText(first)
      : peers
          .toSorted((a, b) => compareBytes(a.peer, b.peer))
          .map(peerText)
          .join(",");
  return (
    `{"cid":"${cidText(info.cid)}","name":${goString(info.name)},` +
    `"allocations":${allocations === undefined ? "null" : listText(allocations)},` +
    `"origins":${origins === undefined ? "null" : listText(origins)},` +
    `"created":"${goTime(wholeSecond(info.created))}","metadata":${mapText(info.metadata)},"peer_map":{${peerMap}}}\n`
  );
}

function peerText(info: PinInfo): string {
  const { ipfsPeerId, ipfsPeerAddresses: addresses, progress } = info;
  return (
    `${goString(info.peer)}:{"peername":${goString(info.peername)}` +
    (ipfsPeerId === "" ? "" : `,"ipfs_peer_id":${goString(ipfsPeerId)}`) +
    (addresses.length === 0 ? "" : `,"ipfs_peer_addresses":${listText(addresses)}`) +
    `,"status":"${info.status}","timestamp":"${goTime(info.timestamp)}","error":${goString(info.error)},` +
    `"attempt_count":${info.attemptCount},"priority_pin":${info.isPriority}` +
    (progress === undefined
      ? "}"
      : `,"progress":{"blocks":${progress.blocks},"bytes":${progress.bytes},"providers":${progress.providers},` +
        `"waiting":${goString(progress.waiting)}}}`)
  );
}

function cidOrNull(cid: CID | undefined): string {
  return cid === undefined ? "null" : `"${cidText(cid)}"`;
}

function textOrNull(text: string | null): string {
  return text === null ? "null" : goString(text);
}

function listOrNull(items: readonly string[] | null): string {
  return items === null ? "null" : listText(items);
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? "[]" : `[${items.map(goString).join(",")}]`;
}

/** Metadata: null when there is none. */
function mapText(map: Readonly<Record<string, string>>): string {
  for (const _ in map) return entriesText(map);
  return "null";
}

/** Sorted by key. */
function entriesText(map: Readonly<Record<string, string>>): string {
  const entries = Object.keys(map)
    .toSorted(compareBytes)
    .map((key) => `${goString(key)}:${goString(map[key] ?? "")}`);
  return `{${entries.join(",")}}`;
}
