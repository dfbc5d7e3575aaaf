import { multiaddr } from "@multiformats/multiaddr";
import { base32upper } from "multiformats/bases/base32";

import { messageOf } from "#lib";

import { type CID, decodeCid } from "./cid.ts";
import { InvalidPinError } from "./errors.ts";
import { peerIdBytes, peerIdText } from "./peer-id.ts";
import { ProtobufWriter, readProtobuf, unzigzag } from "./pin-protobuf.ts";
import { defaultPinOptions, type Pin, type PinMode, type PinOptions, type PinType } from "./pin.ts";

/** Numbers of the protobuf enum; 0 is "bad". */
const pinTypes: readonly (PinType | undefined)[] = [
  undefined,
  "data",
  "meta",
  "clusterdag",
  "shard",
];

/** Ours: IPFS Cluster has seconds only. High, so that it stays out of the way of fields to come. */
const millisecondsField = 2000;

/** The text key of a pin in the pinset: `/` and the CID's bytes in base32 upper case (cluster-wire 4.1). */
export function pinKey(cid: CID): string {
  return `/${base32upper.baseEncode(cid.bytes)}`;
}

/** How deep a pin reaches. */
export function depthOf(mode: PinMode): number {
  return mode === "direct" ? 0 : -1;
}

/**
 * A pin as IPFS Cluster 1.1.6 stores it (protobuf, cluster-wire 4.2), byte for byte, and the milliseconds of its timestamp
 * in a field that IPFS Cluster passes over. `mode` and `userAllocations` are not stored: the depth tells the mode.
 */
export function encodePin(pin: Pin): Uint8Array {
  const writer = new ProtobufWriter().bytes(1, pin.cid.bytes).uint(2, pinTypes.indexOf(pin.type));
  for (const peer of pin.allocations) writer.bytes(3, peerIdBytes(peer));
  return writer
    .sint(4, pin.maxDepth)
    .bytes(5, pin.reference?.bytes)
    .message(6, encodeOptions(pin))
    .uint(7, seconds(pin.timestamp))
    .uint(millisecondsField, Math.max(0, Math.floor(pin.timestamp)) % 1000)
    .finish();
}

/**
 * Reads what `encodePin` wrote. `cid` is the one of the key, which wins. Unknown fields are passed over, and so are
 * origins of protocols that are not known here.
 * @throws {InvalidPinError}
 */
export function decodePin(bytes: Uint8Array, cid?: CID): Pin {
  try {
    return readPin(bytes, cid);
  } catch (cause) {
    throw new InvalidPinError(cid?.toString() ?? "of unknown cid", messageOf(cause), { cause });
  }
}

function encodeOptions(options: PinOptions): Uint8Array {
  const writer = new ProtobufWriter()
    .sint(1, options.replicationFactorMin)
    .sint(2, options.replicationFactorMax)
    .text(3, options.name)
    .uint(4, options.shardSize)
    .bytes(7, options.pinUpdate?.bytes)
    .uint(8, Math.ceil(options.expireAt / 1000)); // never before what was asked for
  for (const origin of options.origins) writer.bytes(9, multiaddr(origin).bytes);
  const metadata = Object.entries(options.metadata).map(
    ([key, value]) => [Buffer.from(key), value] as const,
  );
  metadata.sort(([a], [b]) => Buffer.compare(a, b));
  for (const [key, value] of metadata) {
    writer.message(10, new ProtobufWriter().bytes(1, key).text(2, value).finish());
  }
  return writer.finish();
}

function readPin(bytes: Uint8Array, key: CID | undefined): Pin {
  let cid = key;
  let type: PinType | undefined;
  let options: PinOptions = defaultPinOptions;
  let reference: CID | undefined;
  let [maxDepth, timestamp] = [0, 0];
  const allocations: string[] = [];
  for (const { number, value } of readProtobuf(bytes)) {
    if (number === 1) cid ??= decodeCid(asBytes(value));
    else if (number === 2) type = pinTypes[asNumber(value)];
    else if (number === 3) allocations.push(peerIdText(asBytes(value)));
    else if (number === 4) maxDepth = unzigzag(asNumber(value));
    else if (number === 5) reference = decodeCid(asBytes(value));
    else if (number === 6) options = readOptions(asBytes(value));
    else if (number === 7) timestamp += asNumber(value) * 1000;
    else if (number === millisecondsField) timestamp += asNumber(value);
  }
  if (cid === undefined) throw new Error("no cid");
  if (type === undefined) throw new Error("no known type");
  const mode = maxDepth === 0 ? "direct" : "recursive";
  return { ...options, cid, type, mode, allocations, maxDepth, reference, timestamp };
}

function readOptions(bytes: Uint8Array): PinOptions {
  const options = { ...defaultPinOptions };
  const [old, sorted]: [[string, string][], [string, string][]] = [[], []];
  const origins: string[] = [];
  for (const { number, value } of readProtobuf(bytes)) {
    if (number === 1) options.replicationFactorMin = unzigzag(asNumber(value));
    else if (number === 2) options.replicationFactorMax = unzigzag(asNumber(value));
    else if (number === 3) options.name = asText(value);
    else if (number === 4) options.shardSize = asNumber(value);
    else if (number === 6) old.push(readEntry(asBytes(value)));
    else if (number === 7) options.pinUpdate = decodeCid(asBytes(value));
    else if (number === 8) options.expireAt = asNumber(value) * 1000;
    else if (number === 9) origins.push(...readOrigin(asBytes(value)));
    else if (number === 10) sorted.push(readEntry(asBytes(value)));
  }
  return { ...options, origins, metadata: Object.fromEntries(sorted.length > 0 ? sorted : old) };
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  for (const { number, value } of readProtobuf(bytes)) {
    if (number === 1) entry[0] = asText(value);
    else if (number === 2) entry[1] = asText(value);
  }
  return entry;
}

function readOrigin(bytes: Uint8Array): string[] {
  try {
    return [multiaddr(bytes).toString()];
  } catch {
    return []; // a hint where to fetch from, of no use when it cannot be read
  }
}

function asNumber(value: number | Uint8Array): number {
  if (typeof value === "number") return value;
  throw new Error("bytes where a number belongs");
}

function asBytes(value: number | Uint8Array): Uint8Array {
  if (typeof value !== "number") return value;
  throw new Error("a number where bytes belong");
}

function asText(value: number | Uint8Array): string {
  return Buffer.from(asBytes(value)).toString();
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
