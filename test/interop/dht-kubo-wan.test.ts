// Goal: at public addresses our nodes and Kubo's are one WAN DHT; who is behind a router asks and does not serve. Method:
// network namespaces with public addresses and a home behind address translation, real Kubos as servers, our hosts as
// processes. Without root, iproute2, nftables or Kubo the tests are skipped, visibly.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import { create as createDigest } from "multiformats/hashes/digest";

import { CID, codec, multihash } from "#model";
import { eventually } from "#test/eventually";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { type HomeNetwork, netnsProblem, openHomeNetwork } from "#test/netns";
import { openRemoteDht, type RemoteDht } from "#test/netns-dht";

setDefaultTimeout(30_000); // other programs, on a machine that may be busy

const problem = await netnsProblem();
const why = problem === undefined ? withoutKubo : ` (skipped: ${problem})`;
const port = 4001;
const wanProtocol = "/ipfs/kad/1.0.0";

function randomCid(): CID {
  const digest = crypto.getRandomValues(new Uint8Array(32));
  return CID.createV1(codec.raw, createDigest(multihash.sha256, digest));
}

function hex({ multihash: { bytes } }: CID): string {
  return Buffer.from(bytes).toString("hex");
}

describe.skipIf(problem !== undefined || !hasKubo)(`the WAN DHT${why}`, () => {
  let network: HomeNetwork;
  let kubos: KuboPeer[] = [];
  let server: RemoteDht;
  let home: RemoteDht;
  const kubo = (index: number): KuboPeer => kubos[index] ?? expectNone();

  beforeAll(async () => {
    // Two Kubos and no more: a table of Kubo's takes two peers of one network (/16) a bucket.
    network = await openHomeNetwork({ servers: 3, homes: 1 });
    const [ours, ...theirs] = network.servers;
    const [inside] = network.homes;
    if (ours === undefined || inside === undefined) throw new Error("the network is not whole");
    kubos = await Promise.all(
      theirs.map(({ ip, launcher }) =>
        openKuboPeer({
          listen: [`/ip4/${ip}/tcp/${port}`],
          config: {
            "Routing.Type": "dhtserver",
            "AutoNAT.Throttle": { GlobalLimit: 1000, PeerLimit: 100, Interval: "1s" },
          },
          launcher,
        }),
      ),
    );
    const [hub = ""] = await kubo(0).addresses();
    for (const other of kubos.slice(1)) await other.ipfs("swarm", "connect", hub);
    server = await openRemoteDht(ours, { listen: [`/ip4/${ours.ip}/tcp/${port}`], autonat: true });
    home = await openRemoteDht(inside, { listen: [`/ip4/0.0.0.0/tcp/${port}`], autonat: true });
    for (const one of [server, home]) {
      for (const other of kubos) {
        const [address = ""] = await other.addresses();
        await one.tell({ connect: address });
      }
    }
    await eventually(async () => sizeOf(await home.tell()) >= 2);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([server, home, ...kubos].map((one) => one?.[Symbol.asyncDispose]()));
    await network?.[Symbol.asyncDispose]();
  }, 60_000);

  test("who can be reached becomes a server by itself, who cannot stays a client", async () => {
    await eventually(async () => (await server.tell()).mode === "server", 25_000);
    expect((await server.tell()).protocols).toContain(wanProtocol);
    const inside = await home.tell();
    expect(inside.mode).toBe("client");
    expect(inside.protocols).not.toContain(wanProtocol);
    await eventually(async () => (await kubo(0).ipfs("stats", "dht", "wan")).includes(server.id));
    expect(await kubo(0).ipfs("stats", "dht", "wan")).not.toContain(home.id);
  });

  test("what we provide at a public address Kubo finds, and so does who is at home", async () => {
    await eventually(async () => (await server.tell()).mode === "server", 25_000);
    const cid = randomCid();
    expect((await server.tell({ provide: hex(cid) })).problem).toBeUndefined();
    expect(await kubo(1).ipfs("routing", "findprovs", cid.toString())).toBe(`${server.id}\n`);
    const { providers } = await home.tell({ findProviders: hex(cid) });
    const [ours] = network.servers;
    expect(providers).toEqual([{ peer: server.id, addresses: [`/ip4/${ours?.ip}/tcp/${port}`] }]);
  });

  test("who has no address for others says so instead of telling a private one", async () => {
    const { problem: said } = await home.tell({ provide: hex(randomCid()) });
    expect(said).toBe("cannot provide: no public or relayed address to tell");
  });

  test("the tables hold Kubo's nodes in the WAN, and nobody in the LAN", async () => {
    const { tables } = await home.tell();
    const ids = tables.map(({ buckets }) => buckets.flatMap(({ peers }) => peers));
    expect(ids[0]?.map(({ peer }) => peer)).toEqual(
      expect.arrayContaining(kubos.map(({ id }) => id)),
    );
    expect(ids[1]).toEqual([]);
  });
});

function sizeOf({
  tables,
}: {
  readonly tables: Awaited<ReturnType<RemoteDht["tell"]>>["tables"];
}): number {
  return tables.flatMap(({ buckets }) => buckets.flatMap(({ peers }) => peers)).length;
}

function expectNone(): never {
  throw new Error("no such node");
}
