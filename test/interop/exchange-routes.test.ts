// Goal: whole DAGs (a file of 8 MiB, a tree, a sharded directory) go from Kubo to us and from us to Kubo on every way that
// two nodes may be connected: WebSocket, one security alone, through a relay, over a bad line; and a relay that limits what
// goes through it is not used for blocks, which is told. Method: real Kubos (seen with 0.44-dev) that are connected with our
// node alone; CARs of what each has afterwards are compared. Without `ipfs` on PATH nothing runs, visibly.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { exportCar } from "#dag";
import { type CID, parseCid } from "#model";
import type { Host } from "#net";
import { eventually } from "#test/eventually";
import { type FullNode, openFullNode } from "#test/full-node";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openLossyProxy } from "#test/lossy-proxy";
import { openTestHost } from "#test/net-host";
import { type OpenRelay, openRelay } from "#test/open-relay";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

setDefaultTimeout(60_000); // other programs, on a machine that may be busy

const folder = makeTempFolder();
const mib = 1024 * 1024;
const webSocket = "/ip4/127.0.0.1/tcp/0/ws";

function write(name: string, bytes: Uint8Array): void {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

let contents = 0;

/** Other content each time: adds a file, a tree and a sharded directory. */
async function addAll(kubo: KuboPeer): Promise<readonly [file: CID, ...rest: CID[]]> {
  contents += 1;
  const name = `content-${contents}`;
  const bytesOf = (size: number, of = 0): Uint8Array =>
    numberedBlock(contents * 10_000 + of, size).bytes;
  write(`${name}/file`, bytesOf(8 * mib));
  for (let at = 1; at <= 24; at += 1) {
    write(`${name}/tree/${at % 3}/${at % 4}/leaf-${at}`, bytesOf(at * 1000, at));
  }
  for (let at = 1; at <= 200; at += 1) write(`${name}/shards/file-${at}`, bytesOf(50, 100 + at));
  const add = async (part: string): Promise<CID> =>
    parseCid((await kubo.ipfs("add", "-r", "-Q", join(folder.path, name, part))).trim());
  return Promise.all([add("file"), add("tree"), add("shards")]);
}

/** SHA-256 of the DAG as a CAR. */
async function digestAt(place: KuboPeer | FullNode, root: CID): Promise<string> {
  const digest = createHash("sha256");
  const car =
    "folder" in place
      ? place.spawn("dag", "export", "--progress=false", "--offline", root.toString()).stdout
      : exportCar(place.ipfs.localSource, root);
  for await (const piece of car) digest.update(piece);
  return digest.digest("hex");
}

/** Pins here what the giver has; afterwards we have the same. */
async function fetchAll(giver: KuboPeer, node: FullNode, roots: readonly CID[]): Promise<void> {
  for (const root of roots) {
    await node.ipfs.pins.add(root);
    expect(await digestAt(node, root)).toBe(await digestAt(giver, root));
  }
}

async function serveAll(node: FullNode, taker: KuboPeer, roots: readonly CID[]): Promise<void> {
  for (const root of roots) {
    await taker.ipfs("pin", "add", root.toString());
    expect(await digestAt(taker, root)).toBe(await digestAt(node, root));
  }
}

async function goRound(giver: KuboPeer, node: FullNode, taker: KuboPeer): Promise<void> {
  const roots = await addAll(giver);
  await fetchAll(giver, node, roots);
  await serveAll(node, taker, roots);
}

function portOf(address: string): number {
  return Number(address.split("/")[4]);
}

function throughPort(address: string, port: number): string {
  return address.replace(`/tcp/${portOf(address)}`, `/tcp/${port}`);
}

/** Where it listens on TCP or on WebSocket. */
async function addressOf(kubo: KuboPeer, transport: "tcp" | "ws"): Promise<string> {
  const isWanted = (address: string): boolean => address.includes("/ws/") === (transport === "ws");
  return (await kubo.addresses()).find(isWanted) ?? "";
}

/** Until it works: whoever is behind a relay has a slot there some time after it has started. Whether it is limited. */
async function connectThrough(host: Host, address: string): Promise<boolean> {
  const connection = await eventually(() =>
    host.connect(address).then(
      (info) => info,
      () => undefined,
    ),
  );
  return connection.isLimited;
}

function relayedAddress(host: Host): Promise<string> {
  return eventually(() => host.addresses().find((address) => address.includes("/p2p-circuit")));
}

describe.skipIf(!hasKubo)(`blocks between Kubo and us${withoutKubo}`, () => {
  let giver: KuboPeer;
  let taker: KuboPeer;

  beforeAll(async () => {
    const config = { "Import.UnixFSHAMTDirectorySizeThreshold": "2KiB" };
    const listen = ["/ip4/127.0.0.1/tcp/0", webSocket];
    [giver, taker] = await Promise.all([openKuboPeer({ config, listen }), openKuboPeer()]);
  });

  afterAll(async () => {
    await Promise.all([giver, taker].map((kubo) => kubo[Symbol.asyncDispose]()));
  });

  test("go over WebSocket alone", async () => {
    await using node = await openFullNode({ listen: [webSocket] });
    await node.host.connect(await addressOf(giver, "ws"));
    await taker.ipfs("swarm", "connect", node.address);
    const addresses = node.host.connections().map(({ address }) => address);
    expect(addresses.every((address) => address.endsWith("/ws"))).toBe(true);
    await goRound(giver, node, taker);
  });

  for (const [security, protocol] of [
    ["noise", "/noise"],
    ["tls", "/tls/1.0.0"],
  ] as const) {
    test(`go over ${security} alone`, async () => {
      await using node = await openFullNode({ security: [security] });
      await node.host.connect(await addressOf(giver, "tcp"));
      await taker.ipfs("swarm", "connect", node.address);
      const securities = node.host.connections().map((connection) => connection.security);
      expect(securities).toEqual([protocol, protocol]);
      await goRound(giver, node, taker);
    });
  }

  test("of 8 MiB go over a line of 100 ms there and back that loses packets", async () => {
    await using node = await openFullNode();
    const bad = { delayMs: 50, loss: 0.001 } as const;
    const address = await addressOf(giver, "tcp");
    await using there = await openLossyProxy({ ...bad, port: portOf(address) });
    await using back = await openLossyProxy({ ...bad, port: portOf(node.address), seed: 2 });
    await node.host.connect(throughPort(address, there.port));
    await taker.ipfs("swarm", "connect", throughPort(node.address, back.port));
    const [root] = await addAll(giver);
    const began = performance.now();
    await fetchAll(giver, node, [root]);
    const fetchedAt = performance.now();
    await serveAll(node, taker, [root]);
    // 2 s each when nothing else runs
    expect(fetchedAt - began).toBeLessThan(15_000);
    expect(performance.now() - fetchedAt).toBeLessThan(15_000);
    expect([there.connections, back.connections]).toEqual([1, 1]);
  });
});

describe.skipIf(!hasKubo)(`blocks through relays${withoutKubo}`, () => {
  let open: OpenRelay;
  let ours: Host;
  let kubos: KuboPeer;
  let hidden: KuboPeer;

  beforeAll(async () => {
    [open, ours, kubos] = await Promise.all([
      openRelay(),
      openTestHost({ relayService: true }),
      openKuboPeer({ config: greatestRelay }),
    ]);
    const relays = [open.address, ours.addresses()[0] ?? "", (await kubos.addresses())[0] ?? ""];
    hidden = await openKuboPeer({
      listen: [],
      config: {
        "Internal.Libp2pForceReachability": "private",
        "Swarm.RelayClient": { Enabled: true, StaticRelays: relays },
        "Swarm.EnableHolePunching": false,
        "Import.UnixFSHAMTDirectorySizeThreshold": "2KiB",
      },
    });
  });

  afterAll(async () => {
    await Promise.all([hidden, kubos, ours, open].map((one) => one?.[Symbol.asyncDispose]()));
    folder[Symbol.dispose]();
  });

  const through = (relay: string): string => `${relay}/p2p-circuit/p2p/${hidden.id}`;

  test("go both ways through one without limits", async () => {
    await using node = await openFullNode({ listen: [], relayClient: true });
    expect(await connectThrough(node.host, through(open.address))).toBe(false);
    await using taker = await openKuboPeer();
    const roots = await addAll(hidden);
    await fetchAll(hidden, node, roots);
    await taker.ipfs("swarm", "connect", await relayedAddress(node.host));
    await serveAll(node, taker, roots);
    const addresses = node.host.connections().map(({ address }) => address);
    expect(addresses.filter((address) => address.includes("/p2p-circuit"))).toHaveLength(2);
  });

  test("are given to one that can only be reached through it", async () => {
    await using node = await openFullNode({ listen: [], relayClient: true });
    const root = await node.add(numberedBlock(5, 3 * mib).bytes);
    expect(await connectThrough(node.host, through(open.address))).toBe(false);
    await serveAll(node, hidden, [root]);
  });

  for (const [whose, relay] of [
    ["ours", () => ours.addresses()[0] ?? ""],
    ["Kubo's, whatever its limits", async () => (await kubos.addresses())[0] ?? ""],
  ] as const) {
    test(`do not go through one with limits, and we say so: ${whose}`, async () => {
      await using node = await openFullNode({ listen: [], relayClient: true });
      const address = through(await relay());
      expect(await connectThrough(node.host, address)).toBe(true);
      write("small", numberedBlock(6, 1000).bytes);
      const root = parseCid((await hidden.ipfs("add", "-Q", join(folder.path, "small"))).trim());
      const cancel = new AbortController();
      const pinned = node.ipfs.pins.add(root, { origins: [address], signal: cancel.signal });
      pinned.catch(() => undefined);
      const waiting = await eventually(() => {
        const progress = node.ipfs.pins.progress(root);
        return progress?.waiting.includes("limited relay") && progress;
      });
      expect(waiting).toMatchObject({ blocks: 0, providers: 0 });
      // the relay is a peer too, when it is a Kubo
      expect(waiting.waiting).toEndWith("; 1 provider only over a limited relay");
      cancel.abort(new Error("enough"));
      await expect(pinned).rejects.toThrow("enough");
    });
  }
});

/** The most that Kubo's settings allow. */
const greatestRelay = {
  "Internal.Libp2pForceReachability": "public",
  "Swarm.RelayService": {
    Enabled: true,
    ConnectionDurationLimit: "2000000h",
    ConnectionDataLimit: Number.MAX_SAFE_INTEGER,
  },
};
