import { encode as encodeCbor } from "@ipld/dag-cbor";

import { signBytes } from "../keys/key-pair.ts";
import { bytesField, numberField } from "../keys/protobuf.ts";
import type { SigningKey } from "../keys/types.ts";
import { InvalidRecordError } from "./errors.ts";
import { inlinedKey, parseNameId } from "./name-id.ts";
import { envelopeField, recordBytesMax } from "./record.ts";
import { nsOf } from "./time.ts";

export interface NewRecord {
  /** A path, as it shall stand in the record. */
  readonly value: string;
  readonly sequence: bigint;
  /** RFC 3339. */
  readonly validity: string;
  readonly ttlMs: number;
  /** With the fields and signature of version 1 too, for old readers. */
  readonly isV1Compatible: boolean;
}

/** Signs a record; bytes as boxo makes them for the same key and values. @throws {InvalidRecordError} over 10 KiB */
export async function createRecord(key: SigningKey, record: NewRecord): Promise<Uint8Array> {
  const value = Buffer.from(record.value);
  const validity = Buffer.from(record.validity);
  const ttlNs = nsOf(Math.max(0, record.ttlMs));
  const data = encodeCbor({
    Value: value,
    Validity: validity,
    ValidityType: 0,
    Sequence: BigInt.asIntN(64, record.sequence),
    TTL: ttlNs,
  });
  const signatureV2 = await signBytes(key.privateKey, signedBytes(data));
  const old = record.isV1Compatible
    ? Buffer.concat([
        bytesField(envelopeField.value, value),
        bytesField(
          envelopeField.signatureV1,
          await signBytes(key.privateKey, oldSignedBytes(value, validity)),
        ),
        numberField(envelopeField.validityType, 0n),
        bytesField(envelopeField.validity, validity),
        numberField(envelopeField.sequence, record.sequence),
        numberField(envelopeField.ttl, ttlNs),
      ])
    : new Uint8Array();
  const isInlined = inlinedKey(parseNameId(key.peer)) !== undefined;
  const bytes = Buffer.concat([
    old,
    bytesField(envelopeField.publicKey, isInlined ? undefined : key.publicKey),
    bytesField(envelopeField.signatureV2, signatureV2),
    bytesField(envelopeField.data, data),
  ]);
  if (bytes.length <= recordBytesMax) return bytes;
  throw new InvalidRecordError("record exceeds allowed size limit");
}

/** What a signature of version 2 is over. */
export function signedBytes(data: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("ipns-signature:"), data]);
}

/** What a signature of version 1 is over. */
export function oldSignedBytes(value: Uint8Array, validity: Uint8Array): Uint8Array {
  return Buffer.concat([value, validity, Buffer.from("EOL")]);
}
