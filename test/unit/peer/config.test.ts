// Goal: service.json is read as IPFS Cluster reads it, our own sections are strict, and every refusal names the place.
// Method: files in temporary folders, environments as plain objects, and a file that ipfs-cluster-service 1.1.6 wrote.

import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";

import { withServiceJson } from "#test/peer-folder";
import { makeTempFolder } from "#test/temp-folder";

import {
  loadConfig,
  type LoadedConfig,
  newConfig,
  saveConfig,
} from "../../../src/peer/config/load.ts";
import { InvalidConfigError, UnknownProfileError } from "../../../src/peer/errors.ts";

const recorded = join(import.meta.dir, "../../fixtures/peer/service.ipfs-cluster-1.1.6.json");

const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

function load(document: unknown, environment: Record<string, string> = {}): Promise<LoadedConfig> {
  return withServiceJson(document, ({ configPath }) => loadConfig(configPath, environment));
}

async function refusal(document: unknown, environment?: Record<string, string>): Promise<string> {
  try {
    await load(document, environment);
  } catch (cause) {
    if (cause instanceof InvalidConfigError) return cause.message;
    throw cause;
  }
  return "accepted";
}

describe("a file of the Go program", () => {
  test("loads without a warning and keeps its values", async () => {
    const { settings, warnings } = await loadConfig(recorded, {});
    expect(warnings).toEqual([]);
    expect(settings.cluster.pin_recover_interval).toBe(720_000);
    expect(settings.ipfs_connector.ipfshttp?.pin_timeout).toBe(120_000);
    expect(settings.ipfs_connector.embedded).toBeUndefined();
    expect(settings.api.restapi?.http_listen_multiaddress).toEqual([
      { text: "/ip4/127.0.0.1/tcp/9094", host: "127.0.0.1", port: 9094 },
    ]);
  });

  test("is what a new configuration writes, but for the store and the node", async () => {
    const written: Record<string, unknown> = await Bun.file(recorded).json();
    const { document } = newConfig(undefined, { CLUSTER_PEERNAME: "recorded" });
    const common = ["consensus", "api", "pin_tracker", "monitor", "allocator", "informer"];
    for (const section of [...common, "observations"]) {
      expect(document[section], section).toEqual(written[section]);
    }
  });

  test("may have an unknown key, which is a warning with the nearest known one", async () => {
    const { warnings } = await load({ cluster: { peer_name: "x" }, unheard_of: [] });
    expect(warnings.map((warning) => warning.replace(/^.*service.json: /, ""))).toEqual([
      'cluster.peer_name: unknown key, did you mean "peername"?',
      "unheard_of: unknown key",
    ]);
  });
});

describe("our own sections", () => {
  test("refuse an unknown key and name the nearest known one", async () => {
    expect(await refusal({ ipfs: { storage_maximum: "1GB" } })).toEndWith(
      'service.json: ipfs.storage_maximum: unknown key, did you mean "storage_max"?',
    );
  });

  test("refuse a wrong value and say it", async () => {
    expect(await refusal({ ipfs: { storage_max: "lots" } })).toEndWith(
      'ipfs.storage_max: no size such as 10GB or 512MiB, got "lots"',
    );
    expect(await refusal({ store: { engine: "sqlite" } })).toContain("store.engine: ");
    expect(await refusal({ gateway: { listen_multiaddress: "localhost:8080" } })).toContain(
      "gateway.listen_multiaddress",
    );
  });

  test("refuse peers that are none, but for `auto`", async () => {
    const address = `/dnsaddr/node.example/p2p/${peer}`;
    expect(await refusal({ ipfs: { bootstrap: ["auto", address], peering: address } })).toBe(
      "accepted",
    );
    expect(await refusal({ ipfs: { bootstrap: ["auto", "nonsense"] } })).toEndWith(
      'ipfs.bootstrap: no multiaddr: must begin with /, got "nonsense"',
    );
    for (const key of ["bootstrap", "peering"]) {
      expect(await refusal({ ipfs: { [key]: ["/ip4/192.0.2.1/tcp/4001"] } })).toEndWith(
        `ipfs.${key}: expected /p2p/ID at the end, got "/ip4/192.0.2.1/tcp/4001"`,
      );
      expect(await refusal({ ipfs: { [key]: [`${address}x`] } })).toContain("for protocol p2p: ");
    }
  });

  test("are read with their units", async () => {
    const { settings } = await load({ ipfs: { storage_max: "10GB", mdns_interval: "1m30s" } });
    expect(settings.ipfs.storage_max).toBe(10_000_000_000);
    expect(settings.ipfs.mdns_interval).toBe(90_000);
    expect((await load({})).settings.ipfs.storage_max).toBeUndefined();
  });

  test("turn a listener off by an empty address", async () => {
    const { settings } = await load({ gateway: { listen_multiaddress: "" } });
    expect(settings.gateway.listen_multiaddress).toEqual([]);
  });
});

describe("the environment", () => {
  test("wins over the file, in the spelling of IPFS Cluster and of ours", async () => {
    const { settings, warnings } = await load(
      { cluster: { peername: "file" }, api: { restapi: {} }, informer: { tags: {} } },
      {
        CLUSTER_PEERNAME: "env",
        CLUSTER_TAGS_TAGS: "region:eu,rack:3",
        CLUSTER_BALANCED_ALLOCATEBY: "tag:region,freespace",
        CLUSTER_RESTAPI_BASICAUTHCREDENTIALS: "user:secret,other:pass:word",
        CLUSTER_CRDT_TRUSTEDPEERS: `${peer},*`,
        PINFOLD_IPFS_STORAGEMAX: "5GB",
        PINFOLD_IPFS_CONNECTIONMANAGER_HIGHWATER: "7",
        PINFOLD_GATEWAY_PUBLICGATEWAYS: '{"example.com":{"UseSubdomains":true}}',
        UNRELATED: "x",
      },
    );
    expect(warnings).toEqual([]);
    expect(settings.cluster.peername).toBe("env");
    expect(settings.informer.tags?.tags).toEqual({ region: "eu", rack: "3" });
    expect(settings.allocator.balanced.allocate_by).toEqual(["tag:region", "freespace"]);
    expect(settings.api.restapi?.basic_auth_credentials).toEqual({
      user: "secret",
      other: "pass:word",
    });
    expect(settings.consensus.crdt.trusted_peers).toEqual([peer, "*"]);
    expect(settings.ipfs.storage_max).toBe(5e9);
    expect(settings.ipfs.connection_manager.high_water).toBe(7);
    expect(settings.gateway.public_gateways).toEqual({ "example.com": { UseSubdomains: true } });
  });

  test("is named in an error", async () => {
    const many = { CLUSTER_REPLICATIONFACTORMIN: "many" };
    expect(await refusal({}, many)).toBe(
      'CLUSTER_REPLICATIONFACTORMIN: expected a number, got "many"',
    );
    expect(await refusal({}, { PINFOLD_STORE_ENGINE: "x" })).toStartWith(
      "environment variable PINFOLD_STORE_ENGINE (store.engine)",
    );
  });

  test("warns of a variable that matches nothing", async () => {
    const { warnings } = await load({}, { PINFOLD_IPFS_STORAGE_MAX: "1GB" });
    expect(warnings).toEqual([
      "environment variable PINFOLD_IPFS_STORAGE_MAX matches no setting, did you mean PINFOLD_IPFS_STORAGEMAX?",
    ]);
  });
});

describe("refusals", () => {
  test("name the file when it is cut", async () => {
    expect(await refusal('{"cluster":')).toEndWith(
      "service.json: no valid JSON: unexpected end of JSON input",
    );
  });

  test("of a secret without its quotes do not tell it", async () => {
    expect(await refusal('{"cluster": {"secret": hunter2}}')).toEndWith(
      "service.json: no valid JSON: invalid character 'h' looking for beginning of value",
    );
  });

  test.each([
    [{ cluster: { secret: "abcd" } }, "cluster.secret"],
    [{ cluster: { listen_multiaddress: "nonsense" } }, "must begin with /"],
    [{ cluster: { state_sync_interval: "soon" } }, 'got "soon"'],
    [{ cluster: { state_sync_interval: "0s" } }, "cluster.state_sync_interval"],
    [{ cluster: { peername: 5 } }, "cluster.peername"],
    [{ cluster: { replication_factor_min: 3, replication_factor_max: 2 } }, "larger than max"],
    [{ cluster: { replication_factor_min: 3 } }, "larger than max"],
    [{ cluster: { replication_factor_max: 3 } }, "must be -1 when one of them is"],
    [{ ipfs_connector: { embedded: {}, ipfshttp: {} } }, "ipfs_connector"],
  ])("of %j say %s", async (document, part) => {
    expect(await refusal(document)).toContain(part);
  });
});

describe("a new configuration", () => {
  test("of the profile test binds free loopback ports only", async () => {
    const { settings } = await load(newConfig("test", {}).document);
    const listeners = [
      settings.api.restapi?.http_listen_multiaddress,
      settings.api.ipfsproxy?.listen_multiaddress,
      settings.api.pinsvcapi?.http_listen_multiaddress,
      settings.ipfs.rpc_listen_multiaddress,
      settings.gateway.listen_multiaddress,
    ];
    for (const listener of listeners) {
      expect(listener).toEqual([{ text: "/ip4/127.0.0.1/tcp/0", host: "127.0.0.1", port: 0 }]);
    }
  });

  test("of every profile is valid, and an unknown profile is refused", async () => {
    for (const profile of ["pi", "server", "test"]) {
      expect((await load(newConfig(profile, {}).document)).warnings).toEqual([]);
    }
    expect(() => newConfig("constructor", {})).toThrow(UnknownProfileError);
  });

  test("has a secret of its own each time and keeps what the environment says", () => {
    const [one, other] = [newConfig(undefined, {}), newConfig(undefined, {})];
    expect(one.document["cluster"]).not.toEqual(other.document["cluster"]);
    const named = newConfig(undefined, { CLUSTER_PEERNAME: "bob" });
    expect(named.document["cluster"]).toMatchObject({ peername: "bob" });
  });

  test("is written readable for its owner alone", async () => {
    using folder = makeTempFolder();
    const path = join(folder.path, "service.json");
    await saveConfig(path, newConfig("pi", {}).document);
    await saveConfig(path, newConfig("server", {}).document);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await loadConfig(path, {})).settings.pin_tracker.stateless.concurrent_pins).toBe(20);
  });
});
