// Goal: keys are durable files that Kubo reads, and Kubo's are read here. Method: keys in folders that vanish; keys, PEM
// texts and signatures that a real Kubo has made (the fixture names its version).

import { expect, test } from "bun:test";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { bases } from "multiformats/basics";

import { type Keys, openKeys, parseNameId, signBytes, verifyBytes } from "#ipfs";
import { silentLogger } from "#lib";
import { readIpnsFixture } from "#test/ipns-fixture";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const fixture = await readIpnsFixture();

const [ownKey] = fixture.keys;
const own = Buffer.from(ownKey?.protobuf ?? "", "base64");
// type, length, seed, then the public half
const self = {
  privateKey: own,
  publicKey: Buffer.concat([Buffer.from("08011220", "hex"), own.subarray(36)]),
};

function open(folder: TempFolder, keysMax?: number): Keys {
  const deps = { folder: join(folder.path, "keys"), self, logger: silentLogger };
  return openKeys(keysMax === undefined ? deps : { ...deps, keysMax });
}

test("a new key is listed behind self, and is there when the folder is opened again", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const b = await keys.generate("b");
  const a = await keys.generate("a", { type: "secp256k1" });
  expect(a.peer).toStartWith("16Uiu2HA");
  expect(b.peer).toStartWith("12D3Koo");
  const expected = [{ name: "self", peer: ownKey?.peer ?? "" }, a, b];
  expect(await keys.list()).toEqual(expected);
  expect(await open(folder).list()).toEqual(expected);
  const file = await stat(join(folder.path, "keys", "key_mi"));
  expect(file.mode & 0o777).toBe(0o600);
});

test("a key is found by its name and by its id in any base", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const { peer } = await keys.generate("one");
  const { text } = parseNameId(peer);
  for (const wanted of ["one", peer, text]) {
    expect((await keys.require(wanted)).name).toBe("one");
  }
  expect((await keys.require(ownKey?.id ?? "")).name).toBe("self");
  await expect(keys.require("two")).rejects.toThrow("no key by the given name was found");
  const other = fixture.keys[1]?.id ?? "";
  await expect(keys.require(other)).rejects.toThrow("no key by the given name or PeerID was found");
});

test("names are refused when they are taken, empty, too long, or self", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  await keys.generate("k1");
  const { generate, remove, rename } = {
    generate: (name: string) => keys.generate(name),
    remove: (name: string) => keys.remove(name),
    rename: (from: string, to: string) => keys.rename(from, to),
  };
  await expect(generate("k1")).rejects.toThrow("key with name 'k1' already exists");
  await expect(generate("self")).rejects.toThrow("cannot create key with name 'self'");
  await expect(generate("")).rejects.toThrow("key name must be at least one character");
  await expect(generate("x".repeat(157))).rejects.toThrow("key name is 157 bytes (max 156 bytes)");
  await expect(remove("self")).rejects.toThrow("cannot remove key with name 'self'");
  await expect(remove("k2")).rejects.toThrow("no key named k2 was found");
  await expect(rename("self", "x")).rejects.toThrow("cannot rename key with name 'self'");
  await expect(rename("k1", "self")).rejects.toThrow("cannot overwrite key with name 'self'");
  await expect(rename("k2", "x")).rejects.toThrow("no key named k2 was found");
  await expect(keys.generate("y", { bits: 9000 })).rejects.toThrow(
    "invalid key size 9000: ed25519 keys are always 256 bits",
  );
  await expect(keys.generate("y", { type: "rsa", bits: 1024 })).rejects.toThrow(
    "rsa keys must be >= 2048 bits to be useful",
  );
  expect(await keys.list()).toHaveLength(2);
});

test("a name may hold whatever a file name may not", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const names = ["../../x", "a/b", "Ä 💾", "x".repeat(156)];
  for (const name of names) await keys.generate(name);
  const listed = (await keys.list()).map(({ name }) => name);
  expect(new Set(listed)).toEqual(new Set(["self", ...names]));
  expect(await readdir(folder.path)).toEqual(["keys"]);
});

test("a rename moves the key, and over another only when it is forced", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const { peer } = await keys.generate("a");
  await keys.generate("b");
  await expect(keys.rename("a", "b")).rejects.toThrow(
    "key by that name already exists, refusing to overwrite",
  );
  expect(await keys.rename("a", "a")).toEqual({ key: { name: "a", peer }, isOverwritten: false });
  const renamed = await keys.rename("a", "b", { isForced: true });
  expect(renamed).toEqual({ key: { name: "b", peer }, isOverwritten: true });
  expect((await keys.rename("b", "c")).isOverwritten).toBe(false);
  expect((await keys.list()).map(({ name }) => name)).toEqual(["self", "c"]);
  expect(await keys.remove("c")).toEqual({ name: "c", peer });
  expect(await keys.list()).toHaveLength(1);
});

test("of two keys with one name made at once the second is refused", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const made = await Promise.allSettled([keys.generate("a"), keys.generate("a")]);
  expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

test("there is room for so many keys and no more", async () => {
  using folder = makeTempFolder();
  const keys = open(folder, 2);
  await keys.generate("a");
  await keys.generate("b");
  await expect(keys.generate("c")).rejects.toThrow("there are 2 keys already");
});

test("files that are no keys are left out, damaged ones too", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  await keys.generate("a");
  const path = join(folder.path, "keys");
  await writeFile(join(path, "self"), own);
  await writeFile(join(path, "key_1"), "no base32");
  await writeFile(join(path, "key_mi"), "damaged");
  await writeFile(join(path, ".new-key"), "left by a crash");
  expect((await keys.list()).map(({ name }) => name)).toEqual(["self", "a"]);
  await keys.generate("c");
  expect((await keys.list()).map(({ name }) => name)).toEqual(["self", "a", "c"]);
  await expect(keys.require("b")).rejects.toThrow("proto: cannot parse invalid wire-format data");
});

for (const key of fixture.keys) {
  test(`a ${key.type} key of Kubo is read as a file, a protobuf and PEM, and goes back as it was`, async () => {
    using folder = makeTempFolder();
    const keys = open(folder);
    const protobuf = Buffer.from(key.protobuf, "base64");
    await mkdir(join(folder.path, "keys"), { recursive: true });
    await writeFile(join(folder.path, "keys", key.file), protobuf, { mode: 0o400 });
    expect((await keys.require(key.name)).peer).toBe(key.peer);
    expect(parseNameId(key.peer).text).toBe(key.id);
    const format = "pem-pkcs8-cleartext";
    expect((await keys.import("one", protobuf)).peer).toBe(key.peer);
    expect((await keys.import("two", Buffer.from(key.pem), { format })).peer).toBe(key.peer);
    for (const name of [key.name, "one", "two"]) {
      expect(Buffer.from(await keys.export(name))).toEqual(protobuf);
      expect(Buffer.from(await keys.export(name, format)).toString()).toBe(key.pem);
    }
    // over one that only its owner may read
    await keys.rename("one", key.name, { isForced: true });
  });

  test(`a signature by a ${key.type} key is Kubo's, and is good for nothing else`, async () => {
    using folder = makeTempFolder();
    const keys = open(folder);
    await keys.import("k", Buffer.from(key.protobuf, "base64"));
    const { privateKey, publicKey } = await keys.require("k");
    const bytes = Buffer.from(`libp2p-key signed message:${fixture.signedText}`);
    const theirs = bases.base64url.decode(key.signature);
    expect(await verifyBytes(publicKey, bytes, theirs)).toBe(true);
    const ours = await signBytes(privateKey, bytes);
    expect(bases.base64url.encode(ours)).toBe(key.signature);
    expect(await verifyBytes(publicKey, Buffer.from("another"), ours)).toBe(false);
    expect(await verifyBytes(publicKey, bytes, ours.subarray(1))).toBe(false);
    expect(await verifyBytes(publicKey, bytes, new Uint8Array())).toBe(false);
    expect(await verifyBytes(self.privateKey, bytes, ours)).toBe(false);
  });
}

test("what is no key is refused in Kubo's words, without showing it", async () => {
  using folder = makeTempFolder();
  const keys = open(folder);
  const pem = Buffer.from(ownKey?.pem ?? "");
  const format = "pem-pkcs8-cleartext";
  const refused = async (bytes: Uint8Array, message: string, isPem = false): Promise<void> => {
    const options = isPem ? ({ format } as const) : {};
    await expect(keys.import("x", bytes, options)).rejects.toThrow(message);
  };
  await refused(
    pem,
    "unexpected PEM block for format=libp2p-protobuf-cleartext: try again with format=pem-pkcs8-cleartext",
  );
  await refused(
    Buffer.from("hello\n"),
    "unable to unmarshall format=libp2p-protobuf-cleartext: proto: cannot parse invalid wire-format data",
  );
  await refused(new Uint8Array(), "proto: required field crypto.pb.PrivateKey.Type not set");
  await refused(own, "PEM block not found in input data", true);
  await refused(
    block("PUBLIC KEY", "aGVsbG8="),
    "expected PRIVATE KEY type in PEM block but got: PUBLIC KEY",
    true,
  );
  await refused(block("PRIVATE KEY", "aGVsbG8="), "parsing PKCS8 format", true);
  // Ed25519 whose public half belongs to another
  const other = Buffer.from(own);
  other[40] = (other[40] ?? 0) ^ 1;
  await refused(other, "its public key is not that of its private key");
  // RSA of 1024 bits, ECDSA, and a number over the order of secp256k1
  const { privateKey: short } = await import("node:crypto").then((crypto) =>
    crypto.generateKeyPairSync("rsa", { modulusLength: 1024 }),
  );
  await refused(
    Buffer.from(short.export({ format: "pem", type: "pkcs8" })),
    "rsa keys must be >= 2048 bits",
    true,
  );
  await refused(Buffer.from("08031200", "hex"), "only RSA, Ed25519, or Secp256k1");
  await refused(Buffer.from(`08021220${"ff".repeat(32)}`, "hex"), "unable to unmarshall");
  expect(await keys.list()).toHaveLength(1);
});

test("self cannot be exported", async () => {
  using folder = makeTempFolder();
  await expect(open(folder).export("self")).rejects.toThrow("cannot export key with name 'self'");
  await expect(open(folder).export("x")).rejects.toThrow("key with name 'x' doesn't exist");
});

function block(label: string, der: string): Uint8Array {
  return Buffer.from(`-----BEGIN ${label}-----\n${der}\n-----END ${label}-----\n`);
}
