import { decode as decodeCbor } from "@ipld/dag-cbor";

import { messageOf } from "#lib";
import { cidText, decodeCid } from "#model";

import { type ProtobufValue, readProtobuf } from "../keys/protobuf.ts";
import { InvalidRecordError } from "./errors.ts";
import { cleanPath } from "./paths.ts";
import { parseTimeNs } from "./time.ts";

/** The specification's limit. */
export const recordBytesMax = 10 * 1024;

/** Stands in a record whose value does not matter: an identity CID of nothing. */
const emptyValue = "/ipfs/bafkqaaa";

/** An IPNS record as it came, read but not checked. What its signed data lacks is undefined. */
export interface NameRecord {
  readonly bytes: Uint8Array;
  /** The path. */
  readonly value: string | undefined;
  /** Zero: until a time. Nothing else is known. */
  readonly validityType: bigint | undefined;
  /** As it is written. */
  readonly validity: string | undefined;
  /** Nanoseconds since the Unix epoch. */
  readonly validUntilNs: bigint | undefined;
  readonly sequence: bigint | undefined;
  readonly ttlNs: bigint | undefined;
  readonly hasV1: boolean;
  /** As libp2p's protobuf; keys that stand in the name need none here. */
  readonly publicKey: Uint8Array | undefined;
  readonly signatureV2: Uint8Array;
  /** The signed bytes, dag-cbor. */
  readonly data: Uint8Array;
  readonly envelope: ReadonlyMap<number, ProtobufValue>;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Fields of the protobuf. */
export const envelopeField = {
  value: 1,
  signatureV1: 2,
  validityType: 3,
  validity: 4,
  sequence: 5,
  ttl: 6,
  publicKey: 7,
  signatureV2: 8,
  data: 9,
} as const;

/** @throws {InvalidRecordError} */
export function decodeRecord(bytes: Uint8Array): NameRecord {
  if (bytes.length > recordBytesMax) {
    throw new InvalidRecordError("record exceeds allowed size limit");
  }
  const envelope = readEnvelope(bytes);
  const data = bytesOf(envelope.get(envelopeField.data));
  if (data.length === 0) refuse("record is missing the dag-cbor data field");
  const fields = readFields(data);
  const validityType = integerOf(fields.get("ValidityType"));
  const validity = textOf(fields.get("Validity"));
  const sequence = integerOf(fields.get("Sequence"));
  const hasValidity = validityType === 0n && validity !== undefined;
  return {
    bytes,
    value: valueOf(fields.get("Value")),
    validityType,
    validity,
    validUntilNs: hasValidity ? parseTimeNs(validity) : undefined,
    sequence: sequence === undefined ? undefined : BigInt.asUintN(64, sequence),
    ttlNs: integerOf(fields.get("TTL")),
    hasV1:
      bytesOf(envelope.get(envelopeField.signatureV1)).length > 0 ||
      bytesOf(envelope.get(envelopeField.value)).length > 0,
    publicKey: optional(bytesOf(envelope.get(envelopeField.publicKey))),
    signatureV2: bytesOf(envelope.get(envelopeField.signatureV2)),
    data,
    envelope,
    fields,
  };
}

function readEnvelope(bytes: Uint8Array): ReadonlyMap<number, ProtobufValue> {
  try {
    return readProtobuf(bytes);
  } catch {
    return refuse("proto: cannot parse invalid wire-format data");
  }
}

function readFields(data: Uint8Array): ReadonlyMap<string, unknown> {
  let decoded: unknown;
  try {
    decoded = decodeCbor(data);
  } catch (cause) {
    return refuse(messageOf(cause));
  }
  if (typeof decoded !== "object" || decoded === null) return refuse("its data is no map");
  return new Map(Object.entries(decoded));
}

export function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function optional(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}

export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function textOf(value: unknown): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : undefined;
}

/** A path, or for old records the bytes of a CID. */
function valueOf(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  if (value.length === 0) return emptyValue;
  try {
    if (value[0] === 0x2f) return cleanPath(Buffer.from(value).toString());
    return `/ipfs/${cidText(decodeCid(value))}`;
  } catch {
    return undefined;
  }
}

function refuse(problem: string): never {
  throw new InvalidRecordError(`record is malformed\n${problem}`);
}
