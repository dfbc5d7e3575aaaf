// Goal: the commands `key` answer as Kubo 0.44-dev does, whose answers were recorded beside them. Method: a node behind a
// real listener, its keys in a folder that vanishes.

import { expect, test } from "bun:test";

import { readIpnsFixture } from "#test/ipns-fixture";
import { files, KuboClient } from "#test/kubo-client";
import { openNamesRpc } from "#test/names-rpc";
import { makeTempFolder } from "#test/temp-folder";

const fixture = await readIpnsFixture();
const self = fixture.keys[0];

test("keys are made, listed, renamed and removed", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path);
  const client = new KuboClient(node.url);
  const json = async (path: string): Promise<unknown> => JSON.parse((await client.ask(path)).text);
  const text = async (path: string): Promise<string> => (await client.ask(path)).text;
  const made = await client.ask("key/gen?arg=k1");
  expect(made.status).toBe(200);
  expect(made.headers["x-chunked-output"]).toBeUndefined();
  expect(made.text).toMatch(/^\{"Name":"k1","Id":"k51[a-z\d]{59}"\}\n$/);
  const id = String(JSON.parse(made.text).Id);
  expect(await text("key/gen?arg=s1&type=secp256k1&ipns-base=b58mh&enc=text")).toMatch(
    /^16Uiu2HA\w+\n$/,
  );
  expect(await text("key/gen?arg=a%2Fb%20%09c&ipns-base=base32&enc=text")).toMatch(/^baf\w+\n$/);
  expect(await text("key/ls?enc=text")).toBe("self\na/b \\tc\nk1\ns1\n");
  const lines = (await text("key/list?enc=text&l=true")).split("\n");
  expect(lines[0]).toBe(`${self?.id ?? ""}  self    `);
  expect(lines[2]).toBe(`${id}  k1      `);
  expect(await json("key/list?ipns-base=b58mh")).toMatchObject({
    Keys: [{ Name: "self", Id: self?.peer }, { Name: "a/b \tc" }, { Name: "k1" }, { Name: "s1" }],
  });
  expect(await json("key/rename?arg=k1&arg=k1")).toEqual({
    Was: "k1",
    Now: "k1",
    Id: id,
    Overwrite: false,
  });
  expect(await text("key/rename?arg=k1&arg=k2&enc=text")).toBe(`Key ${id} renamed to k2\n`);
  expect(await text("key/rename?arg=k2&arg=s1&force=true&enc=text")).toBe(
    `Key ${id} renamed to s1 with overwriting\n`,
  );
  expect(await json("key/rm?arg=s1")).toEqual({ Keys: [{ Name: "s1", Id: id }] });
  expect(await text("key/rm?arg=a%2Fb%20%09c&enc=text")).toBe("a/b \\tc\n");
  expect(await text("key/ls?enc=text")).toBe("self\n");
});

const refusals: readonly (readonly [path: string, message: string])[] = [
  ["key/gen?arg=k1", "key with name 'k1' already exists"],
  ["key/gen?arg=self", "cannot create key with name 'self'"],
  ["key/gen?arg=", "key name must be at least one character"],
  ["key/gen?arg=x&type=zz", "unrecognized key type: zz"],
  ["key/gen?arg=x&ipns-base=zz", "unsupported multibase encoding: zz"],
  ["key/gen?arg=x&type=rsa&size=1024", "rsa keys must be >= 2048 bits to be useful"],
  ["key/gen?arg=x&type=rsa&size=9000", "rsa keys must be <= 8192 bits"],
  ["key/gen?arg=x&size=9000", "invalid key size 9000: ed25519 keys are always 256 bits"],
  ["key/list?ipns-base=zz", "cannot get key encoder: unsupported multibase encoding: zz"],
  ["key/rename?arg=nope&arg=x", "no key named nope was found"],
  ["key/rename?arg=k1&arg=k2", "key by that name already exists, refusing to overwrite"],
  ["key/rename?arg=self&arg=x", "cannot rename key with name 'self'"],
  ["key/rename?arg=k1&arg=self", "cannot overwrite key with name 'self'"],
  ["key/rm?arg=self", "cannot remove key with name 'self'"],
  ["key/rm?arg=nope", "no key named nope was found"],
];

test("what is asked in a wrong way is refused in Kubo's words", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path);
  const client = new KuboClient(node.url);
  await node.stack.keys.generate("k1");
  await node.stack.keys.generate("k2");
  for (const [path, message] of refusals) expect(await client.message(path), path).toBe(message);
  for (const path of ["key/gen", "key/rm", "key/rename?arg=k1"]) {
    const { status, text } = await client.ask(path);
    const missing = path.includes("rename") ? "newName" : "name";
    expect([status, text]).toEqual([400, `argument "${missing}" is required\n`]);
  }
  expect((await client.ask("key/import?arg=x")).text).toBe("file argument 'key' is required\n");
  expect((await client.ask("key/export?arg=k1")).status).toBe(404);
});

test("Kubo's keys are imported in both formats", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path);
  const client = new KuboClient(node.url);
  for (const key of fixture.keys) {
    const protobuf = files(["key", Buffer.from(key.protobuf, "base64")]);
    const pem = files(["key", key.pem]);
    const expected = { Name: key.name, Id: key.id };
    const [imported] = await client.lines(`key/import?arg=${key.name}`, protobuf);
    expect(imported).toEqual(expected);
    const format = "format=pem-pkcs8-cleartext";
    const { text } = await client.ask(`key/import?arg=p-${key.name}&${format}&enc=text`, pem);
    expect(text).toBe(`${key.id}\n`);
    expect(await client.message(`key/import?arg=${key.name}`, protobuf)).toBe(
      `key with name '${key.name}' already exists`,
    );
    expect(await client.message("key/import?arg=x", pem)).toBe(
      "unexpected PEM block for format=libp2p-protobuf-cleartext: try again with format=pem-pkcs8-cleartext",
    );
    expect(await client.message("key/import?arg=self", protobuf)).toBe(
      "cannot import key with name 'self'",
    );
    expect(await client.message("key/import?arg=x&format=zz", protobuf)).toBe(
      "unrecognized import format: zz",
    );
  }
});

test("signatures are Kubo's, and are checked", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path);
  const client = new KuboClient(node.url);
  const data = files(["data", fixture.signedText]);
  for (const key of fixture.keys) {
    await node.stack.keys.import(key.name, Buffer.from(key.protobuf, "base64"));
    const signed = await client.ask(`key/sign?key=${key.name}`, data);
    const Key = { Name: key.name, Id: key.id };
    expect(JSON.parse(signed.text)).toEqual({ Key, Signature: key.signature });
    expect(signed.headers["x-chunked-output"]).toBe("1");
    const { signature } = key;
    const verify = async (wanted: string, bytes = data): Promise<unknown> =>
      (await client.lines(`key/verify?key=${wanted}&signature=${signature}`, bytes))[0];
    expect(await verify(key.name)).toEqual({ Key, SignatureValid: true });
    const none = files(["data", "another"]);
    expect(await verify(key.name, none)).toEqual({ Key, SignatureValid: false });
    if (key.type === "rsa") {
      expect(await client.message(`key/verify?key=${key.id}&signature=${signature}`, data)).toBe(
        "public key is not embedded in peer ID",
      );
    } else {
      expect(await verify(key.id)).toEqual({ Key: { ...Key, Name: "" }, SignatureValid: true });
    }
  }
  expect((await client.ask("key/sign?enc=text", data)).text).toMatch(/^&\{\{self k51\w+\} u\S+\}$/);
  expect(await client.message("key/sign?key=nope", data)).toBe(
    "no key by the given name was found",
  );
  const wrong = (query: string): Promise<unknown> => client.message(`key/verify?${query}`, data);
  expect(await wrong("key=nope&signature=uAAAA")).toBe(
    `'"nope"' is not a known key, an IPNS Name, or a valid PeerID`,
  );
  expect(await wrong("")).toBe("cannot decode multibase for zero length string");
  expect(await wrong("signature=!!")).toBe("selected encoding not supported");
});
