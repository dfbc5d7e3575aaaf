// Goal: what is wrong with a configuration is all told at once, what counts is shown without secrets, and folders of IPFS
// Cluster start as they are or say why not. Method: the executable on folders that ipfs-cluster-service 1.1.6 made and ran
// in, with a node of their own so that none is needed elsewhere.

import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type BlackBox, openBlackBox } from "#test/black-box";
import { projectFolder } from "#test/source-files";

const fixtures = join(projectFolder, "test/fixtures/peer/go-folders");
const anyPort = "/ip4/127.0.0.1/tcp/0";

const environment = {
  CLUSTER_LISTENMULTIADDRESS: anyPort,
  CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: anyPort,
  CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
  CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
  PINFOLD_IPFS_RPCLISTENMULTIADDRESS: anyPort,
  PINFOLD_GATEWAY_LISTENMULTIADDRESS: anyPort,
};

type Config = Record<string, Record<string, unknown>>;

/** The box's folder is a copy of a recorded one. */
function openCopy(name: string, change: (config: Config) => void = () => undefined): BlackBox {
  const box = openBlackBox();
  cpSync(join(fixtures, name), box.data, { recursive: true });
  const path = join(box.data, "service.json");
  const config: Config = JSON.parse(readFileSync(path, "utf8"));
  change(config);
  writeFileSync(path, JSON.stringify(config));
  return box;
}

const useOwnNode = (config: Config): void => {
  config["ipfs_connector"] = { embedded: {} };
};

describe("pinfold config", () => {
  test("check passes a folder of ours and one of the Go program", async () => {
    await using box = openBlackBox();
    await box.run(["init", "--profile", "test"]);
    const own = await box.run(["config", "check"]);
    expect(own).toMatchObject({ code: 0, stdout: `${box.data}/service.json is in order\n` });
    await using copy = openCopy("pebble");
    expect(await copy.run(["config", "check"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("check lists everything that is wrong and exits 1", async () => {
    await using box = openCopy("leveldb", (config) => {
      Object.assign(config["cluster"] ?? {}, { secret: "5ec2e7", replication_factor_max: 2 });
      Object.assign(config["cluster"] ?? {}, { peer_name: "x", state_sync_interval: "soon" });
      config["ipfs"] = { storage_maximum: "1GB" };
    });
    const env = { CLUSTER_DISABLEREPINING: "true", CLUSTER_FOLLOWERMODE: "perhaps" };
    const { code, stdout, stderr } = await box.run(["config", "check"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain("has 7 problems");
    const file = `${box.data}/service.json`;
    expect(stdout.trimEnd().split("\n")).toEqual([
      'CLUSTER_FOLLOWERMODE: expected true or false, got "perhaps"',
      `${file}: ipfs.storage_maximum: unknown key, did you mean "storage_max"?`,
      `${file}: cluster.secret: a cluster secret is 32 bytes in hex, or empty, got (hidden)`,
      `${file}: cluster.state_sync_interval: no duration over 0 such as 1m30s, got "soon"`,
      `${file}: cluster.replication_factor_min: replication_factor_min and max must be -1 when one of them is, got -1`,
      "environment variable CLUSTER_DISABLEREPINING matches no setting, did you mean CLUSTER_DISABLEREPINNING?",
      `${file}: cluster.peer_name: unknown key, did you mean "peername"?`,
    ]);
  });

  test("check says the same as JSON, and misses a key that does not belong to its id", async () => {
    await using box = openCopy("raft");
    const other = readFileSync(join(fixtures, "pebble", "identity.json"), "utf8");
    const { id } = JSON.parse(other);
    const { code, stdout } = await box.run(["config", "check", "--enc=json"], {
      env: { CLUSTER_ID: id },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [expect.stringContaining(`not to its id ${id}`)],
      warnings: [],
    });
  });

  test("show tells what counts, and no secret", async () => {
    await using box = openCopy("pebble", (config) => {
      Object.assign(config["api"]?.["restapi"] ?? {}, {
        basic_auth_credentials: { ann: "hunter2" },
        headers: { "X-Api-Token": ["hunter2"], "X-Zone": ["a"] },
      });
    });
    const env = { CLUSTER_PEERNAME: "bob" };
    const { code, stdout } = await box.run(["config", "show"], { env });
    expect(code).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown.cluster).toMatchObject({ peername: "bob", secret: "(hidden)" });
    expect(shown.api.restapi).toMatchObject({
      basic_auth_credentials: { ann: "(hidden)" },
      headers: { "X-Api-Token": ["(hidden)"], "X-Zone": ["a"] },
    });
    expect(shown.ipfs_connector.embedded).toBeUndefined();
    const { cluster } = JSON.parse(readFileSync(join(box.data, "service.json"), "utf8"));
    expect(stdout).not.toContain(cluster.secret);
    expect(stdout).not.toContain("hunter2");
    const sources = await box.run(["config", "show", "--source"], { env });
    expect(sources.stdout).toContain('cluster.peername = "bob"  (CLUSTER_PEERNAME)\n');
    expect(sources.stdout).toContain("cluster.leave_on_shutdown = false  (file)\n");
    expect(sources.stdout).toContain('ipfs.storage_max = ""  (default)\n');
  });
});

describe("a folder with a pinset of the Go program", () => {
  test.each(["badger", "badger3", "leveldb", "pebble", "raft"])(
    "of %s does not start empty, and stays as it is",
    async (name) => {
      await using box = openCopy(name);
      const before = readdirSync(box.data);
      const { code, stderr } = await box.run(["--config", box.data, "daemon"]);
      expect(code).toBe(1);
      expect(stderr).toContain(`ipfs-cluster-service --config ${box.data} state export`);
      expect(stderr).toContain(`pinfold --data ${box.data} state import`);
      expect(readdirSync(box.data)).toEqual(before);
    },
  );

  test("starts with --empty-state, and then without", async () => {
    await using box = openCopy("leveldb", useOwnNode);
    const first = await box.start(["--empty-state", "--offline"], { env: environment });
    await first.stop();
    const second = await box.start(["--offline"], { env: environment });
    expect((await second.stop()).code).toBe(0);
    const kept = readdirSync(join(fixtures, "leveldb", "leveldb"));
    expect(readdirSync(join(box.data, "leveldb"))).toEqual(kept);
  });

  test("starts when the pinset has been brought over, with the peer's own id", async () => {
    await using box = openCopy("pebble", useOwnNode);
    const cid = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
    const pin = {
      replication_factor_min: -1,
      replication_factor_max: -1,
      name: "kept",
      mode: "recursive",
      cid,
      type: "pin",
      allocations: [],
      max_depth: -1,
    };
    writeFileSync(box.path("state.json"), `${JSON.stringify(pin)}\n`);
    const brought = await box.run(["state", "import", "--force", box.path("state.json")]);
    expect(brought).toMatchObject({ code: 0 });
    const daemon = await box.start(["--offline"], { env: environment });
    const { id } = JSON.parse(readFileSync(join(box.data, "identity.json"), "utf8"));
    expect((await box.run(["id"])).stdout).toContain(id);
    expect((await box.run(["pin", "ls"])).stdout).toContain(cid);
    await daemon.stop();
  });
});

describe("a folder of raft", () => {
  test("runs for a single peer as CRDT, and says so", async () => {
    await using box = openCopy("raft", useOwnNode);
    const daemon = await box.start(["--empty-state", "--offline"], { env: environment });
    const { code, stderr } = await daemon.stop();
    expect(code).toBe(0);
    expect(stderr).toContain("there is no raft here: this peer runs as CRDT, alone");
  });

  test("of several peers is refused with the way over", async () => {
    await using box = openCopy("raft", (config) => {
      const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";
      Object.assign(config["consensus"]?.["raft"] ?? {}, { init_peerset: [peer] });
    });
    const { code, stderr } = await box.run(["daemon", "--empty-state"]);
    expect(code).toBe(1);
    expect(stderr).toContain("raft cluster of 2 peers");
    expect(stderr).toContain("init --consensus crdt");
    expect(existsSync(join(box.data, "db"))).toBe(false);
  });
});

test("the space for blocks follows ipfs.storage_max, in the file or the environment, as a size or bytes", async () => {
  await using box = openBlackBox();
  await box.run(["init", "--profile", "test"]);
  const sizes = ["3GB", "3000000000"];
  for (const size of sizes) {
    const env = { PINFOLD_IPFS_STORAGEMAX: size };
    const { stdout } = await box.run(["repo", "stat"], { env });
    expect(stdout).toMatch(/StorageMax:\s+3000000000\n/);
  }
});
