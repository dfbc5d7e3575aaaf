// Goal: a configuration of an older IPFS Cluster is taken, and one that lies elsewhere is fetched. Method: documents with
// each old key, a folder whose key stands in service.json, and a small web server.

import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";

import { reportConfig } from "#peer";
import { prepare, withServiceJson } from "#test/peer-folder";

import { withValue } from "../../../src/peer/config/document.ts";
import { inspectConfig, loadConfig, type LoadedConfig } from "../../../src/peer/config/load.ts";
import { oldKeys } from "../../../src/peer/config/old-keys.ts";
import { InvalidConfigError } from "../../../src/peer/errors.ts";
import { loadClusterIdentity } from "../../../src/peer/identity-file.ts";
import { createIdentity, parseIdentity } from "../../../src/peer/identity.ts";

function load(document: unknown): Promise<LoadedConfig> {
  return withServiceJson(document, ({ configPath }) => loadConfig(configPath, {}));
}

describe("a key of an older version", () => {
  const samples: Readonly<Record<string, unknown>> = {
    "cluster.replication_factor": 2,
    "cluster.bootstrap": ["/ip4/10.0.0.1/tcp/9096"],
    "cluster.peers": ["/ip4/10.0.0.1/tcp/9096"],
    "cluster.ipfs_sync_interval": "2m",
    "api.restapi.listen_multiaddress": "/ip4/127.0.0.1/tcp/1",
    "ipfs_connector.ipfshttp.proxy_listen_multiaddress": "/ip4/127.0.0.1/tcp/1",
    "pin_tracker.maptracker.max_pin_queue_size": 5,
    "pin_tracker.maptracker.concurrent_pins": 5,
    "informer.numpin": { metric_ttl: "10s" },
  };

  test.each(oldKeys.map(({ from }) => from))("%s is noted, and no warning", async (from) => {
    const value = samples[from] ?? "90s";
    const { notes, warnings } = await load(withValue({}, from.split("."), value));
    expect(warnings).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(`${from}: a key of older versions`);
  });

  test("is read where it is now", async () => {
    const { settings } = await load({
      cluster: { replication_factor: 2, bootstrap: ["/ip4/10.0.0.1/tcp/9096"] },
      api: { restapi: { listen_multiaddress: "/ip4/127.0.0.1/tcp/1" } },
      ipfs_connector: {
        ipfshttp: {
          node_multiaddress: "/dns4/ipfs/tcp/5001",
          proxy_listen_multiaddress: "/ip4/127.0.0.1/tcp/2",
          proxy_idle_timeout: "90s",
          pin_method: "refs",
        },
      },
      pin_tracker: { maptracker: { max_pin_queue_size: 7, concurrent_pins: 3 } },
      monitor: { monbasic: { check_interval: "5s" } },
    });
    const { cluster, api, ipfs_connector: connector } = settings;
    expect([cluster.replication_factor_min, cluster.replication_factor_max]).toEqual([2, 2]);
    expect(cluster.peer_addresses).toEqual(["/ip4/10.0.0.1/tcp/9096"]);
    expect(api.restapi?.http_listen_multiaddress[0]?.port).toBe(1);
    expect(api.ipfsproxy).toMatchObject({
      node_multiaddress: "/dns4/ipfs/tcp/5001",
      idle_timeout: 90_000,
    });
    expect(api.ipfsproxy?.listen_multiaddress[0]?.port).toBe(2);
    expect(connector.ipfshttp?.node_multiaddress).toBe("/dns4/ipfs/tcp/5001");
    expect(settings.pin_tracker.stateless.max_pin_queue_size).toBe(7);
    expect(settings.pin_tracker.stateless.concurrent_pins).toBe(3);
    expect(settings.monitor.pubsubmon.check_interval).toBe(5000);
  });

  test("counts where the one that it became says nothing", async () => {
    const [one, other] = ["/ip4/10.0.0.1/tcp/9096", "/ip4/10.0.0.2/tcp/9096"] as const;
    const { settings } = await load({
      cluster: { bootstrap: [], peers: [one], replication_factor: 2, replication_factor_max: 0 },
    });
    expect(settings.cluster.peer_addresses).toEqual([one]);
    expect(settings.cluster.replication_factor_max).toBe(2);
    const again = await load({ cluster: { peer_addresses: null, bootstrap: [other] } });
    expect(again.settings.cluster.peer_addresses).toEqual([other]);
  });

  test("gives way to the one that it became", async () => {
    const { settings } = await load({
      cluster: { replication_factor: 9, replication_factor_min: 1, replication_factor_max: 2 },
      pin_tracker: { maptracker: { concurrent_pins: 3 }, stateless: { concurrent_pins: 4 } },
    });
    expect(settings.cluster.replication_factor_max).toBe(2);
    expect(settings.pin_tracker.stateless.concurrent_pins).toBe(4);
  });
});

test.each([
  ["also when it is started once more", [false, false]],
  ["also when what is missing is to be made", [true, true]],
])("a key that stands in service.json becomes identity.json, %s", async (_when, starts) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = privateKey.export({ format: "der", type: "pkcs1" });
  const head = [0x08, 0x00, 0x12, (der.length & 127) | 128, der.length >> 7];
  const key = Buffer.concat([Buffer.from(head), der]);
  const { id } = parseIdentity(key, "test");
  const document = { cluster: { id, private_key: key.toString("base64") } };
  await withServiceJson(document, async (folder) => {
    const { problems } = await reportConfig(folder, { CLUSTER_ID: createIdentity().id });
    expect(problems).toEqual([expect.stringMatching(/^CLUSTER_ID, .* not to its id/)]);
    for (const isInit of starts) {
      const { clusterIdentity } = await prepare(folder, { isInit });
      expect(clusterIdentity.id).toBe(id);
    }
    expect((await loadClusterIdentity(folder.identityPath)).id).toBe(id);
    expect(await Bun.file(folder.configPath).json()).toEqual(document);
  });
});

describe("a configuration elsewhere", () => {
  const answers: Readonly<Record<string, () => Response>> = {
    "/good": () => Response.json({ cluster: { peername: "sourced" }, consensus: { crdt: {} } }),
    "/moved": () => Response.redirect("/good"),
    "/chain": () => Response.json({ source: "http://127.0.0.1:1/" }),
    "/text": () => new Response("no JSON"),
    "/wrong": () => Response.json({ cluster: { peername: 5 } }),
  };

  async function sourced(path: string, more: object = {}) {
    await using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) =>
        (answers[new URL(request.url).pathname] ?? (() => new Response("none", { status: 404 })))(),
    });
    const source = new URL(path, server.url);
    source.username = "ann";
    source.password = "hunter2";
    return await withServiceJson({ source, ...more }, ({ configPath }) =>
      inspectConfig(configPath, { CLUSTER_MDNSINTERVAL: "0" }),
    );
  }

  test("is fetched, with the environment over it and our own sections beside it", async () => {
    for (const path of ["/good", "/moved"]) {
      const more = { ipfs: { storage_max: "1GB" }, cluster: { peername: "not this" } };
      const { settings } = await sourced(path, more);
      expect(settings?.cluster.peername).toBe("sourced");
      expect(settings?.cluster.mdns_interval).toBe(0);
      expect(settings?.ipfs.storage_max).toBe(1e9);
    }
  });

  test.each([
    ["/chain", "a sourced configuration cannot point to another source"],
    ["/nothing", "unsuccessful request (404): none"],
    [
      "http://127.0.0.1:1/x?y=a@b",
      "could not fetch configuration from source: http://(hidden)@127.0.0.1:1/x?y=a@b",
    ],
  ])("that is none is told in IPFS Cluster's words: %s", async (path, words) => {
    const failure = await sourced(path).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(InvalidConfigError);
    expect(failure).toMatchObject({ goMessage: words });
    expect(Bun.inspect(failure)).not.toContain("hunter2");
  });

  test("that is wrong is told with its place", async () => {
    await expect(sourced("/text")).rejects.toThrow(/\/text: no valid JSON/);
    const { problems } = await sourced("/wrong");
    expect(problems[0]?.place).toMatch(
      /^http:\/\/\(hidden\)@127.0.0.1:\d+\/wrong: cluster.peername$/,
    );
  });
});
