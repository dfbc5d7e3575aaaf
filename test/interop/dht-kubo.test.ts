// Goal: our nodes and Kubo's are one DHT: each finds what the other provides, where it is, and the names that it has put.
// Method: three real Kubos and two of ours on loopback, where Kubo keeps its LAN DHT; Kubo is asked by its own commands.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey, peerIdFromString } from "@libp2p/peer-id";
import { createIPNSRecord, marshalIPNSRecord, multihashToIPNSRoutingKey } from "ipns";
import { create as createDigest } from "multiformats/hashes/digest";

import { CID, codec, multihash, parseCid } from "#model";
import { type DhtNode, openDhtNode } from "#test/dht-node";
import { eventually } from "#test/eventually";
import { ipnsRecords } from "#test/ipns-validator";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { makeTempFolder } from "#test/temp-folder";

setDefaultTimeout(30_000); // other programs, on a machine that may be busy

const emptyFolder = "/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

function randomCid(): CID {
  const digest = crypto.getRandomValues(new Uint8Array(32));
  return CID.createV1(codec.raw, createDigest(multihash.sha256, digest));
}

describe.skipIf(!hasKubo)(`a DHT of Kubo's nodes and ours${withoutKubo}`, () => {
  let kubos: KuboPeer[] = [];
  let nodes: DhtNode[] = [];
  const kubo = (index: number): KuboPeer => kubos[index] ?? expectNone();
  const node = (index: number): DhtNode => nodes[index] ?? expectNone();

  beforeAll(async () => {
    const config = { "Routing.Type": "dht" };
    kubos = await Promise.all([0, 1, 2].map(() => openKuboPeer({ config })));
    nodes = await Promise.all([0, 1].map(() => openDhtNode({ validators: [ipnsRecords] })));
    // All meet by the first one.
    const [hub = ""] = await kubo(0).addresses();
    await Promise.all([
      ...nodes.map((one) => one.connect(hub)),
      ...kubos.slice(1).map((one) => one.ipfs("swarm", "connect", hub)),
    ]);
    await eventually(() => nodes.every(({ dht }) => dht.size === 4));
  }, 30_000);

  afterAll(async () => {
    await Promise.all([...nodes, ...kubos].map((one) => one[Symbol.asyncDispose]()));
  });

  test("Kubo counts us among the servers of its table", async () => {
    const table = await eventually(async () => {
      const text = await kubo(0).ipfs("stats", "dht", "lan");
      return nodes.every(({ id }) => text.includes(id)) && text;
    });
    expect(table).toContain(node(0).id);
    expect(table).toContain(node(1).id);
  });

  test("we find what Kubo provides, and where it is", async () => {
    using folder = makeTempFolder();
    const file = join(folder.path, "file");
    await Bun.write(file, crypto.randomUUID());
    const cid = (await kubo(1).ipfs("add", "--quieter", "--cid-version=1", file)).trim();
    await kubo(1).ipfs("routing", "provide", cid);
    for (const { dht } of nodes) {
      const found = await Array.fromAsync(dht.findProviders(parseCid(cid).multihash.bytes));
      const addresses = await kubo(1).addresses();
      expect(found).toEqual([
        {
          peer: kubo(1).id,
          addresses: addresses.map((address) => address.replace(/\/p2p\/.*/, "")),
        },
      ]);
    }
  });

  test("Kubo finds what we provide: one key, and many told to each peer directly", async () => {
    const one = randomCid();
    await node(0).dht.provide(one.multihash.bytes);
    expect(await kubo(2).ipfs("routing", "findprovs", one.toString())).toBe(`${node(0).id}\n`);

    const many = Array.from({ length: 500 }, randomCid);
    const keys = many.map((cid) => cid.multihash.bytes);
    const told = await node(1).dht.provideTo([kubo(0).id, kubo(1).id], keys);
    expect(told).toBe(2);
    for (const cid of [many[0], many[499]]) {
      const found = await kubo(2).ipfs("routing", "findprovs", cid?.toString() ?? "");
      expect(found).toBe(`${node(1).id}\n`);
    }
  });

  test("each finds where the others are", async () => {
    const [address = ""] = node(1).addresses;
    const found = await kubo(2).ipfs("routing", "findpeer", node(1).id);
    expect(found.trim()).toBe(address.replace(/\/p2p\/.*/, ""));
    const known = await node(0).dht.findPeer(kubo(2).id);
    const [theirs = ""] = await kubo(2).addresses();
    expect(known.addresses.map((one) => `${one}/p2p/${known.peer}`)).toEqual([theirs]);
  });

  test("names that Kubo publishes are with us, and come back from all", async () => {
    await kubo(2).ipfs("name", "publish", "--resolve=false", emptyFolder);
    const key = multihashToIPNSRoutingKey(peerIdFromString(kubo(2).id).toMultihash());
    const values = await Array.fromAsync(node(0).dht.values(key));
    const holders = values.map(({ from }) => from);
    expect(holders).toContain(node(0).id);
    expect(holders).toContain(node(1).id);
    expect(holders).toContain(kubo(0).id);
    const bodies = new Set(values.map(({ value }) => Buffer.from(value).toString("hex")));
    expect(bodies.size).toBe(1);
  });

  test("names that we put Kubo resolves, and a newer one takes their place", async () => {
    const key = await generateKeyPair("Ed25519");
    const peer = peerIdFromPrivateKey(key);
    const routingKey = multihashToIPNSRoutingKey(peer.toMultihash());
    const record = async (sequence: bigint, value: string): Promise<Uint8Array> =>
      marshalIPNSRecord(await createIPNSRecord(key, value, sequence, 3_600_000));
    const first = await record(1n, emptyFolder);
    await node(1).dht.put(routingKey, first);
    const name = `/ipns/${peer.toString()}`;
    expect((await kubo(1).ipfs("name", "resolve", "--nocache", name)).trim()).toBe(emptyFolder);
    const second = await record(2n, "/ipfs/bafkqaaa");
    await node(0).dht.put(routingKey, second);
    expect((await kubo(2).ipfs("name", "resolve", "--nocache", name)).trim()).toBe(
      "/ipfs/bafkqaaa",
    );
    await expect(node(0).dht.put(routingKey, first)).rejects.toMatchObject({
      code: "RECORD_REFUSED",
    });
  });
});

function expectNone(): never {
  throw new Error("no such node");
}
