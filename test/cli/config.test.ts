// Goal: what is wrong with a configuration is all told at once, and what counts is shown without secrets. Method: the
// executable on folders of ours and on those that ipfs-cluster-service 1.1.6 made.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";
import { goFolders, openGoFolder } from "#test/go-folder-copy";

describe("pinfold config", () => {
  test("check passes a folder of ours and one of the Go program", async () => {
    await using box = openBlackBox();
    await box.run(["init", "--profile", "test"]);
    const own = await box.run(["config", "check"]);
    expect(own).toMatchObject({ code: 0, stdout: `${box.data}/service.json is in order\n` });
    await using copy = openGoFolder("pebble");
    expect(await copy.run(["config", "check"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("check lists everything that is wrong and exits 1", async () => {
    await using box = openGoFolder("leveldb", (config) => {
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
    await using box = openGoFolder("raft");
    const other = readFileSync(join(goFolders, "pebble", "identity.json"), "utf8");
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
    await using box = openGoFolder("pebble", (config) => {
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
