// Goal: the commands `name` answer as Kubo 0.44-dev does, whose answers were recorded beside them, and paths under /ipns
// are taken by all others. Method: a node behind a real listener; network and DNS in memory; records of a real Kubo.

import { expect, test } from "bun:test";

import { parseNameMap } from "#ipfs";
import { readIpnsFixture } from "#test/ipns-fixture";
import { files, KuboClient } from "#test/kubo-client";
import { openNamesRpc } from "#test/names-rpc";
import { makeTempFolder } from "#test/temp-folder";

const fixture = await readIpnsFixture();
const id = fixture.keys[0]?.id ?? "";
const stranger = fixture.keys[2]?.id ?? "";

const staticNames = parseNameMap(
  "static.example.com:/ipfs/bafkqaaa,loop.example.com:/ipns/loop.example.com,two.example.com:/ipns/static.example.com/x",
);
const options = { staticNames, republishPeriodMs: 0 };

async function answers(client: KuboClient, path: string): Promise<unknown> {
  const { text } = await client.ask(path);
  return JSON.parse(text);
}

test("a name is published and resolved", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const cid = await client.add("a.txt", "hello\n");
  const Value = `/ipfs/${cid}`;
  expect(await answers(client, `name/publish?arg=${Value}`)).toEqual({ Name: id, Value });
  expect(await answers(client, `name/publish?arg=${cid}`)).toEqual({ Name: id, Value });
  expect(await answers(client, `name/publish?arg=ipfs://${cid}`)).toEqual({ Name: id, Value });
  const text = async (path: string): Promise<string> => (await client.ask(path)).text;
  expect(await text(`name/publish?arg=${Value}&enc=text&ipns-base=b58mh`)).toBe(
    `Published to ${id}: ${Value}\n`,
  );
  expect(await text(`name/publish?arg=${Value}&enc=text&quieter=true`)).toBe(`${id}\n`);
  expect(await answers(client, "name/resolve")).toEqual({ Path: Value });
  expect(await text(`name/resolve?arg=/ipns/${id}/x&enc=text`)).toBe(`${Value}/x\n`);
  const streamed = await client.ask("name/resolve?stream=true&nocache=true");
  expect(streamed.text).toBe(`{"Path":"${Value}"}\n`);
  expect(streamed.headers["x-chunked-output"]).toBe("1");
  const below = `${Value}/a/../b/`;
  expect(await answers(client, `name/publish?arg=${below}&resolve=false`)).toEqual({
    Name: id,
    Value: `${Value}/b/`,
  });
  expect(await answers(client, "name/resolve")).toEqual({ Path: `${Value}/b/` });
  const sequence = "sequence=18446744073709551615";
  expect(await answers(client, `name/publish?arg=${Value}&${sequence}`)).toEqual({
    Name: id,
    Value,
  });
  const record = await client.ask(`name/get?arg=${id}`);
  const { text: inspected } = await client.ask("name/inspect", files(["r", record.body]));
  expect(inspected).toContain('"Sequence":18446744073709551615,"TTL":300000000000}');
});

test("static names and names of names lead where Kubo's IPFS_NS_MAP says", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const table: readonly (readonly [query: string, path: string])[] = [
    ["arg=static.example.com", "/ipfs/bafkqaaa"],
    ["arg=two.example.com", "/ipfs/bafkqaaa/x"],
    ["arg=two.example.com/y/z/", "/ipfs/bafkqaaa/x/y/z/"],
    ["arg=/ipns/two.example.com/y/../z", "/ipfs/bafkqaaa/x/z"],
    ["arg=two.example.com&recursive=false", "/ipns/static.example.com/x"],
    ["arg=loop.example.com&recursive=false", "/ipns/loop.example.com"],
  ];
  for (const [query, Path] of table) {
    expect(await answers(client, `name/resolve?${query}`), query).toEqual({ Path });
  }
});

const refusals: readonly (readonly [path: string, message: string])[] = [
  [
    "name/publish?arg=CID&allow-delegated=true",
    "no delegated publishers configured: add Ipns.DelegatedPublishers or use --allow-offline for local-only publishing",
  ],
  [
    "name/publish?arg=CID&allow-delegated=true&allow-offline=true",
    "cannot use both --allow-offline and --allow-delegated flags",
  ],
  ["name/publish?arg=CID&key=nope", "no key by the given name was found"],
  [`name/publish?arg=CID&key=${stranger}`, "no key by the given name or PeerID was found"],
  ["name/publish?arg=CID&lifetime=x", 'error parsing lifetime option: time: invalid duration "x"'],
  ["name/publish?arg=CID&lifetime=-1s", "lifetime must be greater than zero, got -1s"],
  [
    "name/publish?arg=CID&lifetime=1h&ttl=2h",
    "ttl (2h0m0s) must not be greater than lifetime (1h0m0s)",
  ],
  ["name/publish?arg=CID&ttl=-2h", "ttl must not be negative, got -2h"],
  ["name/publish?arg=CID&ttl=x", 'time: invalid duration "x"'],
  [
    "name/publish?arg=CID&sequence=0",
    "sequence number must be greater than the current record sequence",
  ],
  ["name/publish?arg=nope", 'invalid path "nope": path does not have enough components'],
  ["name/resolve?arg=loop.example.com", "could not resolve name (recursion limit exceeded)"],
  [
    "name/resolve?arg=loop.example.com&stream=true",
    "could not resolve name (recursion limit exceeded)",
  ],
  ["name/resolve?arg=/ipfs/bafkqaaa", '"/ipfs/bafkqaaa" is not an IPNS name'],
  ["name/resolve?arg=a..b", 'cannot resolve: "/ipns/a..b"'],
  ["name/resolve?arg=", 'invalid path "/ipns/": path does not have enough components'],
  ["name/resolve?arg=/ipns/", 'invalid path "/ipns/": path does not have enough components'],
  [`name/resolve?arg=${stranger}`, "could not resolve name"],
  [`name/resolve?arg=${stranger}&dht-timeout=-1s`, "DHT timeout value must be >= 0"],
  [
    "name/resolve?arg=nope.invalid",
    'DNSLink lookup for "nope.invalid." failed: could not resolve name: DNSLink lookup could not find a TXT record (https://docs.ipfs.tech/concepts/dnslink/)',
  ],
  [`name/get?arg=${stranger}`, "routing: not found"],
  ["name/get?arg=/ipns/nope/x", "invalid key"],
  ["name/get?arg=nope", "failed to parse peer ID: invalid cid: selected encoding not supported"],
  ["name/pubsub/subs?ipns-base=zz", "unsupported multibase encoding: zz"],
];

test("what is asked in a wrong way is refused in Kubo's words", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const cid = await client.add("a.txt", "hello\n");
  for (const [path, message] of refusals) {
    expect(await client.message(path.replace("CID", cid)), path).toBe(message);
  }
  const wide = await client.ask(`name/publish?arg=${cid}&sequence=-5`);
  expect([wide.status, wide.text]).toEqual([
    400,
    'could not convert value "-5" to type "uint64" (for option "-sequence")\n',
  ]);
  expect((await client.ask("name/publish")).text).toBe('argument "ipfs-path" is required\n');
  expect((await client.ask("name/inspect")).text).toBe("file argument 'record' is required\n");
});

test("without a network a name is published when that is allowed, or the whole request is offline", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options, isOffline: true });
  const client = new KuboClient(node.url);
  const cid = await client.add("a.txt", "hello\n");
  expect(await client.message(`name/publish?arg=${cid}`)).toBe(
    "can't publish while offline: pass `--allow-offline` to override or `--allow-delegated` if Ipns.DelegatedPublishers are set up",
  );
  for (const leave of ["allow-offline=true", "offline=true"]) {
    expect((await client.ask(`name/publish?arg=${cid}&${leave}`)).status).toBe(200);
  }
  const { body } = await client.ask(`name/get?arg=/ipns/${id}`);
  expect(await client.message(`name/put?arg=${id}`, files(["r", body]))).toBe(
    "can't put while offline: pass `--allow-offline` to store locally or `--allow-delegated` if Ipns.DelegatedPublishers are set up",
  );
});

for (const { key: name, kind, record, inspectJson, inspectText } of fixture.records) {
  test(`a ${kind} record of Kubo with ${name} is inspected to the byte`, async () => {
    using folder = makeTempFolder();
    await using node = await openNamesRpc(folder.path, { options });
    const client = new KuboClient(node.url);
    const body = files(["record", Buffer.from(record, "base64")]);
    const key = fixture.keys.find((one) => one.name === name)?.id ?? "";
    const verify = `name/inspect?verify=${key}`;
    expect((await client.ask(verify, body)).text).toBe(inspectJson);
    expect((await client.ask(`${verify}&enc=text`, body)).text).toBe(inspectText);
    const [bare] = await client.lines("name/inspect?dump=false", body);
    expect(bare).toMatchObject({ HexDump: "", Validation: null });
    const text = (await client.ask("name/inspect?dump=false&enc=text", body)).text;
    expect(text).toEndWith("\n\nThis record was not verified. Pass '--verify k51...' to verify.\n");
  });
}

test("a record of another key is not verified", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const body = files(["record", Buffer.from(fixture.records[0]?.record ?? "", "base64")]);
  const query = `verify=${stranger}&dump=false&enc=text`;
  expect((await client.ask(`name/inspect?${query}`, body)).text).toEndWith(
    `Validation results:\n Valid:  false\n Reason: signature verification failed\n Name:   ${stranger}\n`,
  );
});

test("a record is put, got and taken by its name", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const [first] = fixture.records;
  const bytes = Buffer.from(first?.record ?? "", "base64");
  const body = files(["record", bytes]);
  const Value = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
  expect(await client.lines(`name/put?arg=${id}`, body)).toEqual([{ Name: id, Value }]);
  expect((await client.ask(`name/put?arg=/ipns/${id}&enc=text`, body)).text).toBe(`${id}\n`);
  expect((await client.ask(`name/put?arg=${id}&enc=text&quiet=true`, body)).text).toBe("");
  const got = await client.ask(`name/get?arg=${id}`);
  expect(got.headers["content-type"]).toBe("application/vnd.ipfs.ipns-record");
  expect(got.body.equals(bytes)).toBe(true);
  expect(await answers(client, `name/resolve?arg=${id}`)).toEqual({ Path: Value });
  const put = (query: string, content: Uint8Array | string = bytes): Promise<unknown> =>
    client.message(`name/put?arg=${query}`, files(["record", content]));
  expect(await put("nope")).toBe(
    "invalid IPNS name: failed to parse peer ID: invalid cid: selected encoding not supported",
  );
  expect(await put(stranger)).toBe("record validation failed: signature verification failed");
  expect(await put(id, "")).toBe("record is empty");
  expect(await put(id, new Uint8Array(20_000))).toBe(
    "record exceeds maximum size of 10240 bytes, use --force to skip size check",
  );
  expect(await put(id, "hello\n")).toBe(
    "invalid IPNS record: record is malformed\nproto: cannot parse invalid wire-format data",
  );
  expect(await put(`${id}&allow-delegated=true`)).toStartWith("no delegated publishers configured");
});

test("IPNS over pubsub is off", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  expect((await client.ask("name/pubsub/state")).text).toBe('{"Enabled":false}\n');
  expect((await client.ask("name/pubsub/state?enc=text")).text).toBe("disabled\n");
  for (const command of ["subs", "cancel?arg=x"]) {
    const { status, text } = await client.ask(`name/pubsub/${command}`);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      Message: "IPNS pubsub subsystem is not enabled",
      Code: 1,
      Type: "error",
    });
  }
});

test("every command that takes a path follows names", async () => {
  using folder = makeTempFolder();
  await using node = await openNamesRpc(folder.path, { options });
  const client = new KuboClient(node.url);
  const { dns } = node.stack;
  const cid = await client.add("a.txt", "hello\n");
  await client.ask(`name/publish?arg=/ipfs/${cid}`);
  dns.texts.set("_dnslink.example.org.", [`dnslink=/ipns/${id}`]);
  for (const name of [`/ipns/${id}`, `ipns://${id}`, "/ipns/example.org"]) {
    expect((await client.ask(`cat?arg=${name}`)).text).toBe("hello\n");
    expect(await answers(client, `resolve?arg=${name}`)).toEqual({ Path: `/ipfs/${cid}` });
    expect(await answers(client, `block/stat?arg=${name}`)).toMatchObject({ Key: cid });
    expect(await answers(client, `pin/add?arg=${name}`)).toEqual({ Pins: [cid] });
  }
  const step = "resolve?recursive=false&arg=/ipns/example.org";
  expect(await answers(client, step)).toEqual({ Path: `/ipns/${id}` });
  expect(await client.message("cat?arg=/ipns/nope.example")).toStartWith("DNSLink lookup for");
});
