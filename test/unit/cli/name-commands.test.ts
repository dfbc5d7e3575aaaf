// Goal: the commands for names and keys print what `ipfs` prints, and a key leaves only as a file. Method: the command
// line in this process, against the RPC of a node with names in memory; records and keys of a real Kubo.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { quietContext } from "#test/captured-run";
import { readIpnsFixture } from "#test/ipns-fixture";
import { type NamesRpc, openNamesRpc } from "#test/names-rpc";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { runCli } from "../../../src/cli/run-cli.ts";

const fixture = await readIpnsFixture();
const [own, rsa] = fixture.keys;
const id = own?.id ?? "";

let folder: TempFolder;
let node: NamesRpc;

beforeEach(async () => {
  folder = makeTempFolder();
  node = await openNamesRpc(folder.path, { options: { republishPeriodMs: 0 } });
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function run(
  args: readonly string[],
  stdin: Uint8Array = new Uint8Array(),
): Promise<{ readonly code: number; readonly stdout: Buffer; readonly stderr: string }> {
  const pieces: Buffer[] = [];
  let stderr = "";
  async function* input(): AsyncGenerator<Uint8Array> {
    yield stdin;
  }
  const context = quietContext({
    write: (bytes) => {
      pieces.push(Buffer.from(bytes));
      return Promise.resolve();
    },
    warn: (line) => {
      stderr += line;
    },
    stdin: input(),
  });
  const code = await runCli(["--api", node.url, ...args], context);
  return { code, stdout: Buffer.concat(pieces), stderr };
}

async function text(line: string, stdin?: Uint8Array): Promise<string> {
  const { code, stdout, stderr } = await run(line.split(" "), stdin);
  return code === 0 ? stdout.toString() : `${code}: ${stderr}`;
}

test("a name is published, resolved, taken out and put in", async () => {
  const value = "/ipfs/bafkqaaa";
  const publish = "name publish --resolve=false";
  expect(await text(`${publish} ${value}`)).toBe(`Published to ${id}: ${value}\n`);
  expect(await text(`${publish} -Q -t 72h --ttl 1m ${value}`)).toBe(`${id}\n`);
  expect(await text("name resolve")).toBe(`${value}\n`);
  expect(await text(`name resolve -n -s /ipns/${id}/x`)).toBe(`${value}/x\n`);
  expect(JSON.parse(await text(`name resolve ${id} --enc json`))).toEqual({ Path: value });
  const { stdout: record } = await run(["name", "get", id]);
  expect(await text("name inspect --dump=false", record)).toStartWith(
    `Value:          "${value}"\n`,
  );
  expect(await text(`name put ${id}`, record)).toBe(`${id}\n`);
  expect(await text(`name put -q ${id} -`, record)).toBe("");
  expect(await text(`${publish} --sequence 0 ${value}`)).toContain(
    "sequence number must be greater than the current record sequence",
  );
});

test("a record in a file is shown as `ipfs name inspect` shows it", async () => {
  const [first] = fixture.records;
  const path = join(folder.path, "record");
  await writeFile(path, Buffer.from(first?.record ?? "", "base64"));
  expect(await text(`name inspect --verify ${id} ${path}`)).toBe(first?.inspectText ?? "");
});

test("keys are made, listed, renamed and removed", async () => {
  expect(await text("key gen k1")).toMatch(/^k51\w{59}\n$/);
  expect(await text("key gen -t secp256k1 --ipns-base b58mh k2")).toMatch(/^16Uiu2HA\w+\n$/);
  expect(await text("key list")).toBe("self\nk1\nk2\n");
  expect(await text("key ls -l --ipns-base=b58mh")).toStartWith(`${own?.peer ?? ""}  self `);
  expect(await text("key rename k1 k2")).toContain("refusing to overwrite");
  expect(await text("key rename -f k1 k2")).toMatch(
    /^Key k51\w+ renamed to k2 with overwriting\n$/,
  );
  expect(await text("key rm k2")).toBe("k2\n");
  expect(await text("key rm self")).toContain("cannot remove key with name 'self'");
  expect(await text("key gen -t dsa k3")).toContain("expected one of ed25519, rsa, secp256k1");
});

test("keys come in from files and go out to files that only their owner may read", async () => {
  const data = join(folder.path, "data");
  await mkdir(join(data, "keys"), { recursive: true });
  const protobuf = Buffer.from(rsa?.protobuf ?? "", "base64");
  await writeFile(join(data, "keys", rsa?.file ?? ""), protobuf);
  const name = rsa?.name ?? "";
  const to = join(folder.path, "out.key");
  expect(await text(`key export --data ${data} -o ${to} ${name}`)).toBe("");
  expect(await readFile(to)).toEqual(protobuf);
  expect((await stat(to)).mode & 0o777).toBe(0o600);
  const pem = join(folder.path, "out.pem");
  const format = "--format pem-pkcs8-cleartext";
  expect(await text(`key export --data ${data} ${format} -o ${pem} ${name}`)).toBe("");
  expect(await readFile(pem, "utf8")).toBe(rsa?.pem ?? "");
  expect(await text(`key import one ${to}`)).toBe(`${rsa?.id ?? ""}\n`);
  expect(await text(`key import two ${format} -`, await readFile(pem))).toBe(`${rsa?.id ?? ""}\n`);
  expect(await text(`key import three ${pem}`)).toContain(
    "try again with format=pem-pkcs8-cleartext",
  );
  expect(await text(`key export --data ${data} self`)).toContain(
    "cannot export key with name 'self'",
  );
  expect(await text(`key export --data ${data} nope`)).toContain(
    "key with name 'nope' doesn't exist",
  );
});
