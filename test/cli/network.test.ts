// Goal: the network from outside: two executables find each other, exchange blocks, records and names, and so do one
// and a real Kubo. Method: daemons with the profile `test` on the loopback, their command line, and `ipfs` where it is
// on PATH (seen with 0.44-dev).

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

import { type BlackBox, openBlackBox } from "#test/black-box";
import { eventually } from "#test/eventually";
import { hasKubo, openKuboPeer, withoutKubo } from "#test/kubo-peer";

/** Loopback addresses are of the local DHT, which everybody serves who is asked to. */
const env = { PINFOLD_IPFS_ROUTING_TYPE: "dhtserver" };
const patienceMs = 60_000;

interface Node extends AsyncDisposable {
  readonly box: BlackBox;
  readonly rpc: string;
  readonly id: string;
  /** With /p2p/ID. */
  readonly address: string;
  /** What a command prints; fails when it does not exit with 0. */
  run(...args: string[]): Promise<string>;
  add(content: string | Uint8Array): Promise<string>;
}

async function openNode(): Promise<Node> {
  const box = openBlackBox();
  const { addresses } = await box.start(["--init", "--profile", "test"], { env });
  const run = async (args: readonly string[], stdin?: string | Uint8Array): Promise<string> => {
    const { code, stdout, stderr } = await box.run(args, stdin === undefined ? {} : { stdin });
    if (code !== 0) throw new Error(`pinfold ${args.join(" ")} exited with ${code}: ${stderr}`);
    return stdout;
  };
  const [id = "", address = ""] = (await run(["id", "--ipfs", "-f", "<id>\\n<addrs>"])).split("\n");
  return {
    box,
    rpc: addresses.rpc,
    id,
    address,
    run: (...args) => run(args),
    add: async (content) => (await run(["add", "-Q", "-"], content)).trim(),
    [Symbol.asyncDispose]: () => box[Symbol.asyncDispose](),
  };
}

let one: Node;
let other: Node;

beforeAll(async () => {
  [one, other] = await Promise.all([openNode(), openNode()]);
  expect(await one.run("swarm", "connect", other.address)).toBe(`connect ${other.id} success\n`);
}, patienceMs);

afterAll(async () => {
  await Promise.all([one, other].map((node) => node?.[Symbol.asyncDispose]()));
});

describe("two nodes", () => {
  test("see each other, and measure the way", async () => {
    expect(await one.run("swarm", "peers", "--direction")).toBe(`${other.address} outbound\n`);
    expect(await other.run("swarm", "peers", "--direction")).toMatch(
      new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${one.id} inbound\n$`),
    );
    expect(await one.run("ping", "-n", "1", other.id)).toMatch(
      /^PING .*\nPong received: time=[\d.]+ ms\nAverage latency: [\d.]+ms\n$/,
    );
    expect(await one.run("swarm", "addrs", "local", "--id")).toBe(`${one.address}\n`);
    expect(await one.run("swarm", "addrs", "autonat")).toMatch(
      /^AutoNAT V2 Status:\n {2}Reachability: (?:Unknown|Public|Private)\n/,
    );
    const identity = JSON.parse(await one.run("id", other.id));
    expect(identity).toMatchObject({ ID: other.id, Addresses: [other.address] });
    expect(identity.Protocols).toContain("/ipfs/bitswap/1.2.0");
  });

  test(
    "one pins what the other has",
    async () => {
      const content = randomBytes(2_000_000);
      const cid = await other.add(content);
      expect(await one.run("pin", "add", "--wait", cid)).toContain(" : PINNED |");
      const copy = one.box.path("copy");
      await one.run("get", cid, "-o", copy);
      expect(Buffer.compare(await Bun.file(copy).bytes(), content)).toBe(0);
      const stat = JSON.parse(await one.run("--enc=json", "bitswap", "stat"));
      expect(stat.BlocksReceived).toBeGreaterThanOrEqual(9);
      expect(stat.DataReceived).toBeGreaterThanOrEqual(content.length);
      expect(stat.Wantlist).toEqual([]);
      expect(await one.run("bitswap", "ledger", other.id)).toStartWith(`Ledger for ${other.id}\n`);
    },
    patienceMs,
  );

  test(
    "find by the DHT what one has announced, and each other",
    async () => {
      const cid = await other.add("announced\n");
      // who speaks the DHT's protocol is known a moment after the connection
      await eventually(async () => (await other.box.run(["routing", "provide", cid])).code === 0);
      expect(await one.run("routing", "findprovs", cid)).toBe(`${other.id}\n`);
      expect(await one.run("dht", "findprovs", "-n", "1", cid)).toBe(`${other.id}\n`);
      const [address] = other.address.split("/p2p/");
      expect(await one.run("routing", "findpeer", other.id)).toBe(`${address}\n`);
      expect(await one.run("dht", "query", one.id)).toContain(other.id);
    },
    patienceMs,
  );

  test(
    "resolve names that the other has published",
    async () => {
      const cid = await other.add("named\n");
      await eventually(async () => {
        const { code } = await other.box.run(["name", "publish", `/ipfs/${cid}`]);
        return code === 0;
      });
      expect(await one.run("name", "resolve", `/ipns/${other.id}`)).toBe(`/ipfs/${cid}\n`);
    },
    patienceMs,
  );

  test(
    "hear each other's messages",
    async () => {
      const message = one.box.path("message");
      writeFileSync(message, "hello\n");
      const topic = `u${Buffer.from("news").toString("base64url")}`;
      const answer = await fetch(`${other.rpc}/api/v0/pubsub/sub?arg=${topic}`, { method: "POST" });
      await eventually(async () => (await one.run("pubsub", "peers", "news")).includes(other.id));
      await one.run("pubsub", "pub", "news", message);
      const { value } = (await answer.body?.getReader().read()) ?? {};
      expect(JSON.parse(Buffer.from(value ?? []).toString())).toMatchObject({
        from: one.id,
        data: `u${Buffer.from("hello\n").toString("base64url")}`,
      });
    },
    patienceMs,
  );
});

describe.skipIf(!hasKubo)(`a node and Kubo${withoutKubo}`, () => {
  test(
    "connect, ping, fetch from and serve each other, and find what the other has announced",
    async () => {
      await using kubo = await openKuboPeer({ config: { "Routing.Type": "dht" } });
      const [address = ""] = await kubo.addresses();
      await one.run("swarm", "connect", address);
      expect(await one.run("swarm", "peers")).toContain(`${address}\n`);
      expect(await kubo.ipfs("swarm", "peers")).toContain(one.id);
      expect(await one.run("ping", "-n", "1", kubo.id)).toContain("Pong received");
      expect(await kubo.ipfs("ping", "-n", "1", one.id)).toContain("Pong received");
      expect(JSON.parse(await kubo.ipfs("id", one.id))).toMatchObject({ ID: one.id });

      const ours = randomBytes(1_000_000);
      const cid = await one.add(ours);
      await kubo.ipfs("pin", "add", cid);
      const path = one.box.path("theirs");
      const theirs = randomBytes(1_000_000);
      writeFileSync(path, theirs);
      const added = (await kubo.ipfs("add", "-Q", path)).trim();
      const copy = one.box.path("copy-of-theirs");
      await one.run("get", added, "-o", copy);
      expect(Buffer.compare(await Bun.file(copy).bytes(), theirs)).toBe(0);

      // what Kubo has fetched it announces itself
      const announced = await one.add("announced to Kubo\n");
      await eventually(async () => {
        const { code } = await one.box.run(["routing", "provide", announced]);
        const found = await kubo.ipfs("routing", "findprovs", "-n", "1", announced);
        return code === 0 && found.includes(one.id);
      });
      await kubo.ipfs("routing", "provide", added);
      expect(await one.run("routing", "findprovs", added)).toContain(kubo.id);
      expect(await one.run("swarm", "disconnect", `/p2p/${kubo.id}`)).toBe(
        `disconnect ${kubo.id} success\n`,
      );
    },
    patienceMs,
  );
});
