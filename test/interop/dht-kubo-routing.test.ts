// Goal: what routing finds and announces is what Kubo means by it. Method: a host of ours in the DHT of two real Kubos, one
// of which is also asked over HTTP as a delegated router (its gateway speaks /routing/v1).

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { createIPNSRecord, marshalIPNSRecord, multihashToIPNSRoutingKey } from "ipns";
import { create as createDigest } from "multiformats/hashes/digest";

import { createIpnsValidator } from "#ipfs";
import { silentLogger, systemClock } from "#lib";
import { CID, codec, multihash } from "#model";
import type { Host } from "#net";
import { eventually } from "#test/eventually";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { openTestHost } from "#test/net-host";

import { openRouting, type RoutingOptions } from "../../src/ipfs/routing/index.ts";
import type { Routing } from "../../src/ipfs/routing/types.ts";

setDefaultTimeout(30_000); // other programs, on a machine that may be busy

const emptyFolder = "/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
const validators = [createIpnsValidator({ clock: systemClock })];
const capacity = 200;

function randomCid(): CID {
  const digest = crypto.getRandomValues(new Uint8Array(32));
  return CID.createV1(codec.raw, createDigest(multihash.sha256, digest));
}

describe.skipIf(!hasKubo)(`routing among Kubos${withoutKubo}`, () => {
  let kubos: KuboPeer[] = [];
  let host: Host;
  let gateway = "";
  const kubo = (index: number): KuboPeer => {
    const found = kubos[index];
    if (found === undefined) throw new Error(`no Kubo ${index}`);
    return found;
  };
  const open = (options: Partial<RoutingOptions> = {}): Promise<Routing> =>
    openRouting(
      {
        host,
        keyspace: new MemoryKeyspace(),
        clock: systemClock,
        logger: silentLogger,
        randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
        fetch: (url, init) => fetch(url, init),
        validators,
      },
      {
        type: "auto",
        delegatedRouters: [],
        userAgent: "pinfold-test/0",
        profile: "default",
        strategy: "roots",
        intervalMs: 0,
        announceable: { async *keys() {} },
        ...options,
      },
    );

  beforeAll(async () => {
    const config = { "Routing.Type": "dht" };
    kubos = await Promise.all([0, 1].map(() => openKuboPeer({ config })));
    host = await openTestHost({ dht: { mode: "auto", validators } });
    const [hub = ""] = await kubo(0).addresses();
    await Promise.all([host.connect(hub), kubo(1).ipfs("swarm", "connect", hub)]);
    await eventually(() => (host.dht?.size ?? 0) === 2);
    gateway = (await Bun.file(join(kubo(0).folder, "gateway")).text()).trim();
  }, 30_000);

  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await Promise.all(kubos.map((one) => one[Symbol.asyncDispose]()));
  });

  test("new content is with Kubo's nodes soon", async () => {
    await using routing = await open();
    const cids = Array.from({ length: capacity }, randomCid);
    for (const cid of cids) routing.announcer.enqueue(cid);
    await eventually(() => routing.announcer.stat().provided === capacity);
    const last = cids.at(-1)?.toString() ?? "";
    expect(await kubo(1).ipfs("routing", "findprovs", last)).toBe(`${host.id}\n`);
  });

  test("a sweep announces what there is", async () => {
    const cids = Array.from({ length: capacity }, randomCid);
    const announceable = {
      async *keys() {
        yield* cids;
      },
    };
    await using routing = await open({ announceable, intervalMs: 8_000 });
    await eventually(() => routing.announcer.stat().lastSweepAt !== undefined);
    expect(routing.announcer.stat()).toMatchObject({ failed: 0, keysInLastSweep: capacity });
    for (const cid of [cids[0], cids[capacity - 1]]) {
      const found = await kubo(0).ipfs("routing", "findprovs", cid?.toString() ?? "");
      expect(found).toBe(`${host.id}\n`);
    }
  });

  test("Kubo as a delegated router answers as its DHT does", async () => {
    const cid = randomCid();
    {
      await using routing = await open({ type: "dht" });
      await routing.provide(cid);
    }
    await using routing = await open({ type: "delegated", delegatedRouters: [gateway] });
    const found = await Array.fromAsync(routing.findProviders(cid));
    expect(found.map(({ peer }) => peer)).toEqual([host.id]);
    const peer = await routing.findPeer(kubo(1).id);
    expect(peer.peer).toBe(kubo(1).id);
    expect(await Array.fromAsync(routing.findProviders(randomCid()))).toEqual([]);
    await expect(
      routing.findPeer("12D3KooWM8sovaEGU1bmiWGWAzvs47DEcXKZZTuJnpQyVTkRs2Vn"),
    ).rejects.toMatchObject({ code: "PEER_NOT_FOUND" });
  });

  test("a name goes out and comes back by either way", async () => {
    const key = await generateKeyPair("Ed25519");
    const peer = peerIdFromPrivateKey(key);
    const routingKey = multihashToIPNSRoutingKey(peer.toMultihash());
    const record = await createIPNSRecord(key, emptyFolder, 1n, 3_600_000);
    await using byHttp = await open({ type: "delegated", delegatedRouters: [gateway] });
    await byHttp.putRecord(routingKey, marshalIPNSRecord(record));
    const name = `/ipns/${peer.toString()}`;
    expect((await kubo(1).ipfs("name", "resolve", "--nocache", name)).trim()).toBe(emptyFolder);
    await using byDht = await open({ type: "dht" });
    for (const routing of [byHttp, byDht]) {
      const found = await routing.getRecord(routingKey);
      expect(Buffer.compare(found, marshalIPNSRecord(record))).toBe(0);
    }
    const nobody = peerIdFromPrivateKey(await generateKeyPair("Ed25519"));
    const unknown = multihashToIPNSRoutingKey(nobody.toMultihash());
    await expect(byHttp.getRecord(unknown)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
  });
});
