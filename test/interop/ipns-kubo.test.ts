// Goal: a name that Kubo has published is resolved here, and ours by Kubo, over the DHT and by records carried over in
// files; keys go both ways. Method: real Kubos (seen with 0.44-dev) and our node in a private DHT on the loopback.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { MemoryDatastore } from "datastore-core/memory";

import { decodeRecord, type Ipfs, openIpfs, parseNameId } from "#ipfs";
import { silentLogger, systemClock } from "#lib";
import { openHost } from "#net";
import { openStore } from "#storage";
import { eventually } from "#test/eventually";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { hostOptions } from "#test/net-host";
import { testIdentity } from "#test/node-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

setDefaultTimeout(60_000); // other programs, on a machine that may be busy

const storageMaxBytes = 10_000_000_000;
const root = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const other = "/ipfs/bafkqaaa";
const types = ["ed25519", "rsa", "secp256k1"] as const;

interface Node extends AsyncDisposable {
  readonly ipfs: Ipfs;
}

/** Our node with a swarm on the loopback, in the DHT as a server. */
async function openNode(folder: string): Promise<Node> {
  const store = await openStore(folder, { engine: "log", storageMaxBytes });
  const deps = { clock: systemClock, logger: silentLogger };
  const { privateKey } = testIdentity;
  const ipfs = openIpfs(
    {
      ...deps,
      store,
      identity: testIdentity,
      openHost: async (validators) =>
        openHost(
          { ...deps, datastore: new MemoryDatastore() },
          await hostOptions({ privateKey, dht: { mode: "server", validators } }),
        ),
    },
    {
      isOffline: false,
      storageMaxBytes,
      repoPath: folder,
      network: {
        routingType: "dht",
        profile: "default",
        userAgent: "pinfold-test",
        delegatedRouters: [],
        provideStrategy: "none",
        provideIntervalMs: 0,
        httpGateways: [],
      },
    },
  );
  return {
    ipfs,
    [Symbol.asyncDispose]: async () => {
      await ipfs[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!hasKubo)(`with Kubo${withoutKubo}`, () => {
  let folder: TempFolder;
  let kubos: readonly [KuboPeer, KuboPeer];
  let node: Node;

  beforeAll(async () => {
    folder = makeTempFolder();
    const config = { "Routing.Type": "dht" };
    kubos = await Promise.all([openKuboPeer({ config }), openKuboPeer({ config })]);
    node = await openNode(join(folder.path, "node"));
    const { host } = await node.ipfs.network();
    const [first, second] = kubos;
    const [address = ""] = await first.addresses();
    await second.ipfs("swarm", "connect", address);
    for (const kubo of kubos) {
      const [theirs = ""] = await kubo.addresses();
      // it may be dialling us at the same moment
      await eventually(async () => {
        await host.connect(theirs).catch(() => undefined);
        return host.isConnected(kubo.id);
      });
    }
    // in each other's tables
    await eventually(() => (host.dht?.size ?? 0) >= 2);
    await eventually(async () => (await first.ipfs("stats", "dht", "lan")).includes(host.id));
  });
  afterAll(async () => {
    await node[Symbol.asyncDispose]();
    await Promise.all(kubos.map((kubo) => kubo[Symbol.asyncDispose]()));
    folder[Symbol.dispose]();
  });

  for (const type of types) {
    test(`a name with a key of type ${type} that Kubo has published is resolved here, and its next value too`, async () => {
      const [kubo] = kubos;
      const id = (await kubo.ipfs("key", "gen", "-t", type, `theirs-${type}`)).trim();
      const publish = (value: string): Promise<string> =>
        kubo.ipfs("name", "publish", `--key=theirs-${type}`, "--resolve=false", value);
      await publish(`${root}/a`);
      const { names } = node.ipfs;
      expect((await names.resolve(`/ipns/${id}/b`)).path).toBe(`${root}/a/b`);
      await publish(other);
      expect((await names.resolve(id, { isCacheSkipped: true })).path).toBe(other);
      expect(decodeRecord(await names.getRecord(id)).sequence).toBe(1n);
    });

    test(`a name with a key of type ${type} that we have published is resolved by Kubo, and its next value too`, async () => {
      const { names, keys } = node.ipfs;
      const { peer } = await keys.generate(`ours-${type}`, { type });
      const { text } = parseNameId(peer);
      for (const value of [root, other]) {
        await names.publish(value, { key: `ours-${type}` });
        for (const kubo of kubos) {
          expect(await kubo.ipfs("name", "resolve", "--nocache", text)).toBe(`${value}\n`);
        }
      }
      const record = join(folder.path, `${type}.record`);
      await writeFile(record, await names.getRecord(peer));
      const [kubo] = kubos;
      const inspected = await kubo.ipfs(
        "name",
        "inspect",
        `--verify=${text}`,
        "--dump=false",
        record,
      );
      expect(inspected).toContain("Valid: true");
      expect(inspected).toMatch(/Sequence: +1\n/);
    });

    test(`a key of type ${type} goes to Kubo and comes back, in both formats`, async () => {
      const [kubo] = kubos;
      const { keys } = node.ipfs;
      const { peer } = await keys.generate(`wanders-${type}`, { type });
      for (const format of ["libp2p-protobuf-cleartext", "pem-pkcs8-cleartext"] as const) {
        const name = `${type}-${format}`;
        const bytes = await keys.export(`wanders-${type}`, format);
        const [out, back] = [join(folder.path, name), join(folder.path, `${name}.back`)];
        await writeFile(out, bytes);
        const imported = await kubo.ipfs(
          "key",
          "import",
          "-f",
          format,
          "--ipns-base=b58mh",
          name,
          out,
        );
        expect(imported.trim()).toBe(peer);
        await kubo.ipfs("key", "export", "-f", format, "-o", back, name);
        expect(await Bun.file(back).bytes()).toEqual(new Uint8Array(bytes));
        expect((await keys.import(name, await Bun.file(back).bytes(), { format })).peer).toBe(peer);
      }
    });
  }

  test("a record goes to Kubo as a file, and a newer one comes back from it", async () => {
    const [kubo] = kubos;
    const { names, keys } = node.ipfs;
    const { peer } = await keys.generate("carried");
    const { text } = parseNameId(peer);
    await names.publish(root, { key: "carried", isLocalOnly: true });
    const out = join(folder.path, "carried");
    await writeFile(out, await names.getRecord(peer, { isLocalOnly: true }));
    expect((await kubo.ipfs("name", "put", text, out)).trim()).toBe(text);
    expect(await kubo.ipfs("name", "resolve", text)).toBe(`${root}\n`);
    // the same key elsewhere goes on counting
    await writeFile(`${out}.key`, await keys.export("carried"));
    await kubo.ipfs("key", "import", "carried", `${out}.key`);
    await kubo.ipfs("name", "publish", "--key=carried", "--resolve=false", other);
    expect((await names.resolve(peer, { isCacheSkipped: true })).path).toBe(other);
    expect(decodeRecord(await names.getRecord(peer)).sequence).toBe(1n);
  });

  test("Kubo refuses a record of ours that was altered, and we one of Kubo's", async () => {
    const [kubo] = kubos;
    const { names, keys } = node.ipfs;
    const { peer } = await keys.generate("altered");
    await names.publish(root, { key: "altered" });
    const record = Buffer.from(await names.getRecord(peer));
    record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
    const path = join(folder.path, "altered");
    await writeFile(path, record);
    await expect(kubo.ipfs("name", "put", parseNameId(peer).text, path)).rejects.toThrow(
      "ipfs name put",
    );
    await expect(names.putRecord(peer, record)).rejects.toThrow("record");
  });

  test("nobody's name is not resolved, soon", async () => {
    const began = performance.now();
    const stranger = "k51qzi5uqu5dm59ot9s6basxsm7a4j0qdb258zj7egm5pg3t0d7aj3jtj8mzcz";
    await expect(node.ipfs.names.resolve(stranger)).rejects.toThrow("could not resolve name");
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
