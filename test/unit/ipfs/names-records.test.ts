// Goal: IPNS records are Kubo's to the byte, and nothing is believed that is not signed. Method: records that a real Kubo
// has made (the fixture names its version), the reference library `ipns` as an oracle, and records damaged by hand.

import { expect, test } from "bun:test";

import { encode as encodeCbor } from "@ipld/dag-cbor";
import { privateKeyFromProtobuf } from "@libp2p/crypto/keys";
import { createIPNSRecordWithExpiration, marshalIPNSRecord, unmarshalIPNSRecord } from "ipns";
import { ipnsValidator } from "ipns/validator";

import {
  checkRecord,
  createIpnsValidator,
  createPublicKeyValidator,
  decodeRecord,
  parseNameId,
  type SigningKey,
  verifyBytes,
} from "#ipfs";
import { systemClock } from "#lib";
import { readIpnsFixture } from "#test/ipns-fixture";

import { parsePrivateKey } from "../../../src/ipfs/keys/key-pair.ts";
import { bytesField, numberField } from "../../../src/ipfs/keys/protobuf.ts";
import { createRecord, oldSignedBytes } from "../../../src/ipfs/names/record-create.ts";

const fixture = await readIpnsFixture();
const value = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const validity = "2126-01-02T03:04:05.678Z";

async function keyOf(name: string): Promise<SigningKey> {
  const found = fixture.keys.find((key) => key.name === name);
  return { name, ...(await parsePrivateKey(Buffer.from(found?.protobuf ?? "", "base64"))) };
}

const fields = { value, sequence: 7n, validity, ttlMs: 60_000, isV1Compatible: true };

for (const { key: name, kind, record } of fixture.records) {
  test(`a ${kind} record of Kubo with ${name} is read, valid, and made anew to the byte`, async () => {
    const key = await keyOf(name);
    const bytes = Buffer.from(record, "base64");
    const read = decodeRecord(bytes);
    const isV1 = kind === "v1v2";
    expect(read.value).toBe(isV1 ? value : `${value}/a/b c/`);
    expect(read.sequence).toBe(isV1 ? 0n : 9_007_199_254_740_993n);
    expect(read.ttlNs).toBe(isV1 ? 3_600_000_000_000n : 0n);
    expect(read.hasV1).toBe(isV1);
    await checkRecord(read, parseNameId(key.peer), systemClock.now());
    const again = await createRecord(key, {
      value: read.value ?? "",
      sequence: read.sequence ?? 0n,
      validity: read.validity ?? "",
      ttlMs: Number(read.ttlNs) / 1e6,
      isV1Compatible: read.hasV1,
    });
    expect(Buffer.from(again).equals(bytes)).toBe(true);
  });
}

const problemOf = (bytes: Uint8Array): string => {
  try {
    decodeRecord(bytes);
    return "read";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : "";
  }
};

const place = (key: SigningKey): Uint8Array =>
  Buffer.concat([Buffer.from("/pk/"), parseNameId(key.peer).bytes]);

test("the signature of version 1 is over what old readers expect", async () => {
  const key = await keyOf("fix-ed25519");
  const { envelope: found } = decodeRecord(await createRecord(key, fields));
  const signed = oldSignedBytes(Buffer.from(value), Buffer.from(validity));
  const signature = found.get(2);
  const isSigned =
    signature instanceof Uint8Array && (await verifyBytes(key.publicKey, signed, signature));
  expect(isSigned).toBe(true);
});

for (const name of ["fix-ed25519", "fix-rsa", "fix-secp256k1"]) {
  test(`the reference library takes our records with ${name}, and we take its`, async () => {
    const key = await keyOf(name);
    const id = parseNameId(key.peer);
    for (const isV1Compatible of [true, false]) {
      const ours = await createRecord(key, { ...fields, isV1Compatible });
      await ipnsValidator(id.routingKey, ours);
      expect(unmarshalIPNSRecord(ours).value).toBe(value);
      const theirs = marshalIPNSRecord(
        await createIPNSRecordWithExpiration(
          privateKeyFromProtobuf(key.privateKey),
          value,
          8n,
          validity,
          { ttlNs: 1n, v1Compatible: isV1Compatible },
        ),
      );
      const read = decodeRecord(theirs);
      await checkRecord(read, id, systemClock.now());
      expect([read.value, read.sequence, read.ttlNs]).toEqual([value, 8n, 1n]);
    }
  });
}

test("a record of another key, an altered one and one without a signature are refused", async () => {
  const key = await keyOf("fix-ed25519");
  const rsa = await keyOf("fix-rsa");
  const validator = createIpnsValidator({ clock: systemClock });
  const validate = (to: Uint8Array, bytes: Uint8Array) => validator.validate(to, bytes);
  const { routingKey } = parseNameId(key.peer);
  const record = await createRecord(key, fields);
  await validate(routingKey, record);
  const refused = async (bytes: Uint8Array, message: string, to = routingKey): Promise<void> => {
    await expect(validate(to, bytes)).rejects.toThrow(message);
  };
  await refused(
    record,
    "signature verification failed",
    parseNameId((await keyOf("fix-secp256k1")).peer).routingKey,
  );
  await refused(record, "public key is not embedded in peer ID", parseNameId(rsa.peer).routingKey);
  await refused(
    await createRecord(rsa, fields),
    "record public key does not match the expected public key",
  );
  await refused(record, "name is invalid", Buffer.from("/ipns/x"));
  await refused(record, "name is invalid", Buffer.from("/pk/x"));
  // without the old signature, which nobody checks any more
  const short = await createRecord(key, { ...fields, isV1Compatible: false });
  for (const at of short.keys()) {
    const altered = Buffer.from(short);
    altered[at] = (altered[at] ?? 0) ^ 0x41;
    await expect(validate(routingKey, altered)).rejects.toThrow();
  }
  for (const length of record.keys()) {
    await expect(validate(routingKey, record.subarray(0, length))).rejects.toThrow();
  }
  const { data, signatureV2 } = decodeRecord(record);
  await refused(Buffer.concat([bytesField(9, data)]), "signature verification failed");
  await validate(routingKey, Buffer.concat([bytesField(8, signatureV2), bytesField(9, data)]));
  const lie = Buffer.from("/ipfs/bafkqaaa");
  await refused(
    Buffer.concat([bytesField(1, lie), bytesField(8, signatureV2), bytesField(9, data)]),
    'field "Value" did not match between protobuf and CBOR',
  );
  await refused(
    Buffer.concat([
      bytesField(1, Buffer.from(value)),
      bytesField(4, Buffer.from(validity)),
      numberField(5, 99n),
      numberField(6, 60_000_000_000n),
      bytesField(8, signatureV2),
      bytesField(9, data),
    ]),
    'field "Sequence" did not match between protobuf and CBOR',
  );
});

test("records over 10 KiB are neither read nor made", async () => {
  const key = await keyOf("fix-ed25519");
  const long = { ...fields, value: `${value}/${"x".repeat(6000)}` };
  await expect(createRecord(key, long)).rejects.toThrow("record exceeds allowed size limit");
  const v2 = await createRecord(key, { ...long, isV1Compatible: false });
  expect(decodeRecord(v2).value).toHaveLength(long.value.length);
  expect(() => decodeRecord(new Uint8Array(10_241))).toThrow("record exceeds allowed size limit");
});

test("what is no record is told apart as Kubo tells it", () => {
  expect(problemOf(new Uint8Array())).toBe(
    "record is malformed\nrecord is missing the dag-cbor data field",
  );
  const noMessage = "record is malformed\nproto: cannot parse invalid wire-format data";
  expect(problemOf(Buffer.from("hello\n"))).toBe(noMessage);
  expect(problemOf(Buffer.alloc(2000, Buffer.from("0801", "hex")))).toBe(noMessage);
  expect(problemOf(bytesField(9, Buffer.from("ff", "hex")))).toStartWith("record is malformed\n");
  expect(problemOf(bytesField(9, Buffer.alloc(9000, 0x81)))).toStartWith("record is malformed\n");
  expect(problemOf(bytesField(9, encodeCbor("text")))).toBe(
    "record is malformed\nits data is no map",
  );
  expect(problemOf(bytesField(9, encodeCbor({ Value: 7 })))).toBe("read");
});

test("a record whose validity is no time, of another type or gone is refused", async () => {
  const key = await keyOf("fix-ed25519");
  const id = parseNameId(key.peer);
  const check = async (changed: Partial<typeof fields>, now = systemClock.now()): Promise<void> =>
    checkRecord(decodeRecord(await createRecord(key, { ...fields, ...changed })), id, now);
  await expect(check({ validity: "tomorrow" })).rejects.toThrow(
    "record contains an invalid validity",
  );
  await expect(check({ validity: "2020-01-01T00:00:00Z" })).rejects.toThrow("record is expired");
  const end = Date.UTC(2030, 0, 1);
  await check({ validity: "2030-01-01T00:00:00Z" }, end);
  await check({ validity: "2030-01-01T02:00:00.000000001+02:00" }, end);
  await expect(check({ validity: "2029-12-31T23:59:59.999999999Z" }, end)).rejects.toThrow(
    "record is expired",
  );
});

test("of several records the one with the highest sequence is chosen, then the one that ends last", async () => {
  const key = await keyOf("fix-ed25519");
  const validator = createIpnsValidator({ clock: systemClock });
  const { routingKey } = parseNameId(key.peer);
  const make = (changed: Partial<typeof fields>): Promise<Uint8Array> =>
    createRecord(key, { ...fields, ...changed });
  const [older, newer, longer, longest] = [
    await make({ sequence: 1n, validity: "2130-01-01T00:00:00Z" }),
    await make({ sequence: 2n, validity: "2127-01-01T00:00:00Z" }),
    await make({ sequence: 2n, validity: "2127-01-01T00:00:00.000000001Z" }),
    await make({ sequence: 2n ** 63n, validity: "2127-01-01T00:00:00Z" }),
  ];
  expect(validator.select(routingKey, [older])).toBe(0);
  expect(validator.select(routingKey, [older, newer])).toBe(1);
  expect(validator.select(routingKey, [longer, newer, older])).toBe(0);
  expect(validator.select(routingKey, [newer, longer, older])).toBe(1);
  expect(validator.select(routingKey, [newer, longest, longer])).toBe(1);
});

test("a public key is stored under its own hash alone", async () => {
  const validator = createPublicKeyValidator();
  const [rsa, other] = [await keyOf("fix-rsa"), await keyOf("fix-ed25519")];
  await validator.validate(place(rsa), rsa.publicKey);
  const message = "public key does not match storage key";
  await expect(validator.validate(place(other), rsa.publicKey)).rejects.toThrow(message);
  await expect(validator.validate(Buffer.from("/pk/"), rsa.publicKey)).rejects.toThrow(message);
  await expect(validator.validate(Buffer.from("/ipns/x"), rsa.publicKey)).rejects.toThrow(message);
  expect(validator.select(place(rsa), [rsa.publicKey, rsa.publicKey])).toBe(0);
});
