import { parseGoTime, pinTypeNames } from "#api";
import { unmarshalProblem } from "#lib";
import {
  type CID,
  defaultPinOptions,
  depthOf,
  parseCid,
  peerIdBytes,
  type Pin,
  type PinMode,
  type PinType,
} from "#model";

type Fields = Readonly<Record<string, unknown>>;

/**
 * A pin as `ipfs-cluster-service state export` writes it. What is missing has its default; without a depth the mode tells it.
 * @throws what is wrong, in the words of Go's decoder where it has some
 */
export function readPin(value: unknown): Pin {
  if (!isObject(value)) throw new Error(unmarshalProblem(value, "Go value of type api.Pin"));
  const cid = cidOf(value, "cid");
  if (cid === undefined) throw new Error("a pin has no cid");
  const mode: PinMode = textOf(value, "mode") === "direct" ? "direct" : "recursive";
  const maxDepth = numberOf(value, "max_depth", "api.PinDepth") ?? depthOf(mode);
  return {
    ...defaultPinOptions,
    cid,
    type: typeOf(textOf(value, "type")),
    name: textOf(value, "name"),
    mode: maxDepth === 0 ? "direct" : "recursive",
    maxDepth,
    replicationFactorMin: numberOf(value, "replication_factor_min", "int") ?? 0,
    replicationFactorMax: numberOf(value, "replication_factor_max", "int") ?? 0,
    shardSize: numberOf(value, "shard_size", "uint64") ?? 0,
    expireAt: timeOf(value, "expire_at"),
    timestamp: timeOf(value, "timestamp"),
    metadata: mapOf(value["metadata"]),
    origins: listOf(value, "origins"),
    allocations: listOf(value, "allocations").map(checkedPeer),
    pinUpdate: cidOf(value, "pin_update"),
    reference: cidOf(value, "reference"),
  };
}

const typeNames = new Map<string, PinType>([["", "data"]]);
for (const type of ["data", "meta", "clusterdag", "shard"] as const) {
  typeNames.set(pinTypeNames[type], type);
}

function typeOf(name: string): PinType {
  const type = typeNames.get(name);
  if (type === undefined) throw new Error(`unknown pin type ${JSON.stringify(name)}`);
  return type;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name] ?? "";
  if (typeof value === "string") return value;
  throw wrongKind(name, "string", value);
}

function numberOf(
  fields: Fields,
  name: string,
  type: "int" | "uint64" | "api.PinDepth",
): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw wrongKind(name, type, value);
  if (Number.isSafeInteger(value) && (type !== "uint64" || value >= 0)) return value;
  const into = `Go struct field Pin.${name} of type ${type}`;
  throw new Error(`json: cannot unmarshal number ${value} into ${into}`);
}

function cidOf(fields: Fields, name: string): CID | undefined {
  const text = textOf(fields, name);
  return text === "" ? undefined : parseCid(text);
}

function timeOf(fields: Fields, name: string): number {
  const text = textOf(fields, name);
  const time = text === "" ? 0 : parseGoTime(text);
  if (time !== undefined) return Math.max(0, time);
  throw new Error(`${name} is no time: ${JSON.stringify(text)}`);
}

function mapOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw wrongKind("metadata", "map[string]string", value);
  const entries = Object.entries(value).map(([key]) => [key, textOf(value, key)] as const);
  return Object.fromEntries(entries);
}

function listOf(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw wrongKind(name, "[]string", value);
  return value.map((item: unknown) => {
    if (typeof item === "string") return item;
    throw wrongKind(name, "string", item);
  });
}

function checkedPeer(peer: string): string {
  peerIdBytes(peer);
  return peer;
}

function wrongKind(name: string, wanted: string, value: unknown): Error {
  return new Error(unmarshalProblem(value, `Go struct field Pin.${name} of type ${wanted}`));
}
