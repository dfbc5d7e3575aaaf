import type { Clock } from "#lib";
import type { RecordValidator } from "#net";

import { peerIdOf, verifyBytes } from "../keys/key-pair.ts";
import { InvalidRecordError } from "./errors.ts";
import {
  inlinedKey,
  type NameId,
  nameIdOfRoutingKey,
  parseNameId,
  publicKeyHashOf,
} from "./name-id.ts";
import { signedBytes } from "./record-create.ts";
import { bytesOf, decodeRecord, envelopeField, integerOf, type NameRecord } from "./record.ts";
import { nsOf } from "./time.ts";

/**
 * Whether a record is the name's own and still valid, by the specification's rules (as boxo's ValidateWithName).
 * @throws {InvalidRecordError}
 */
export async function checkRecord(record: NameRecord, name: NameId, nowMs: number): Promise<void> {
  const publicKey = publicKeyOf(record, name);
  const { signatureV2, data, validUntilNs } = record;
  const isSigned =
    signatureV2.length > 0 && (await verifyBytes(publicKey, signedBytes(data), signatureV2));
  if (!isSigned) throw new InvalidRecordError("signature verification failed");
  if (record.hasV1) checkOldFields(record);
  if (record.validityType !== 0n) {
    throw new InvalidRecordError("record contains an unrecognized validity type");
  }
  if (validUntilNs === undefined) {
    throw new InvalidRecordError("record contains an invalid validity");
  }
  if (isExpired(record, nowMs)) throw new InvalidRecordError("record is expired");
  if (record.sequence === undefined) throw new InvalidRecordError("record is malformed");
  if ((record.ttlNs ?? 0n) < 0n) throw new InvalidRecordError("record is malformed: negative TTL");
}

export function isExpired({ validUntilNs }: NameRecord, nowMs: number): boolean {
  return validUntilNs === undefined || nsOf(nowMs) > validUntilNs;
}

/** Which of two valid records is better: by sequence, then by validity, then by their bytes. As boxo. */
export function compareRecords(a: NameRecord, b: NameRecord): number {
  return (
    compare(a.sequence ?? 0n, b.sequence ?? 0n) ||
    compare(a.validUntilNs ?? 0n, b.validUntilNs ?? 0n) ||
    Buffer.compare(a.bytes, b.bytes)
  );
}

/** For the DHT: records of the namespace `ipns`. */
export function createIpnsValidator({ clock }: { readonly clock: Clock }): RecordValidator {
  return {
    namespace: "ipns",
    validate: async (key, value) => {
      const name = nameIdOfRoutingKey(key);
      if (name === undefined) throw new InvalidRecordError("name is invalid");
      await checkRecord(decodeRecord(value), name, clock.now());
    },
    select: (_key, values) => {
      const records = values.map((value) => decodeRecord(value));
      let best = 0;
      for (const [index, record] of records.entries()) {
        const leader = records[best];
        if (leader !== undefined && compareRecords(record, leader) > 0) best = index;
      }
      return best;
    },
  };
}

/** For the DHT: public keys that do not stand in their ids, the namespace `pk`. */
export function createPublicKeyValidator(): RecordValidator {
  return {
    namespace: "pk",
    validate: async (key, value) => {
      const hash = publicKeyHashOf(key);
      const isOwn = hash !== undefined && parseNameId(peerIdOf(value)).peer === peerTextOf(hash);
      if (!isOwn) throw new InvalidRecordError("public key does not match storage key");
    },
    select: () => 0,
  };
}

function peerTextOf(hash: Uint8Array): string | undefined {
  return nameIdOfRoutingKey(Buffer.concat([Buffer.from("/ipns/"), hash]))?.peer;
}

function publicKeyOf({ publicKey }: NameRecord, name: NameId): Uint8Array {
  if (publicKey === undefined) {
    const inlined = inlinedKey(name);
    if (inlined !== undefined) return inlined;
    throw new InvalidRecordError("public key is not embedded in peer ID");
  }
  if (peerIdOf(publicKey) === name.peer) return publicKey;
  throw new InvalidRecordError("record public key does not match the expected public key");
}

/** Old readers believe the fields outside of the signed data; so they must say the same. */
function checkOldFields({ envelope, fields }: NameRecord): void {
  const outside = (field: keyof typeof envelopeField): unknown =>
    envelope.get(envelopeField[field]);
  const isSame: Readonly<Record<string, boolean>> = {
    Value: equal(outside("value"), fields.get("Value")),
    Validity: equal(outside("validity"), fields.get("Validity")),
    ValidityType: sameNumber(outside("validityType"), fields.get("ValidityType")),
    Sequence: sameNumber(outside("sequence"), fields.get("Sequence")),
    TTL: sameNumber(outside("ttl"), fields.get("TTL")),
  };
  for (const [field, holds] of Object.entries(isSame)) {
    if (holds) continue;
    throw new InvalidRecordError(`field "${field}" did not match between protobuf and CBOR`);
  }
}

function equal(a: unknown, b: unknown): boolean {
  return b instanceof Uint8Array && Buffer.compare(bytesOf(a), b) === 0;
}

function sameNumber(a: unknown, b: unknown): boolean {
  const signed = integerOf(b);
  return signed !== undefined && (integerOf(a) ?? 0n) === BigInt.asUintN(64, signed);
}

function compare(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? 1 : -1;
}
