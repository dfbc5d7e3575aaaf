// Goal: folders of IPFS Cluster start as they are, or say why not and stay as they are. Method: the executable on folders
// that ipfs-cluster-service 1.1.6 made and ran in, with a node of their own so that none is needed elsewhere.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { goFolders, openGoFolder } from "#test/go-folder-copy";

const anyPort = "/ip4/127.0.0.1/tcp/0";

const environment = {
  CLUSTER_LISTENMULTIADDRESS: anyPort,
  CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: anyPort,
  CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
  CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
  PINFOLD_IPFS_RPCLISTENMULTIADDRESS: anyPort,
  PINFOLD_GATEWAY_LISTENMULTIADDRESS: anyPort,
};

const useOwnNode = (config: Record<string, unknown>): void => {
  config["ipfs_connector"] = { embedded: {} };
};

describe("a folder with a pinset of the Go program", () => {
  test.each(["badger", "badger3", "leveldb", "pebble", "raft"])(
    "of %s does not start empty, and stays as it is",
    async (name) => {
      await using box = openGoFolder(name);
      const before = readdirSync(box.data);
      const { code, stderr } = await box.run(["--config", box.data, "daemon"]);
      expect(code).toBe(1);
      expect(stderr).toContain(`ipfs-cluster-service --config ${box.data} state export`);
      expect(stderr).toContain(`pinfold --data ${box.data} state import`);
      expect(readdirSync(box.data)).toEqual(before);
    },
  );

  test("starts with --empty-state, and then without", async () => {
    await using box = openGoFolder("leveldb", useOwnNode);
    const first = await box.start(["--empty-state", "--offline"], { env: environment });
    await first.stop();
    const second = await box.start(["--offline"], { env: environment });
    expect((await second.stop()).code).toBe(0);
    const kept = readdirSync(join(goFolders, "leveldb", "leveldb"));
    expect(readdirSync(join(box.data, "leveldb"))).toEqual(kept);
  });

  test("starts when the pinset has been brought over, with the peer's own id", async () => {
    await using box = openGoFolder("pebble", useOwnNode);
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
    await using box = openGoFolder("raft", useOwnNode);
    const daemon = await box.start(["--empty-state", "--offline"], { env: environment });
    const { code, stderr } = await daemon.stop();
    expect(code).toBe(0);
    expect(stderr).toContain("there is no raft here: this peer runs as CRDT, alone");
  });

  test("of several peers is refused with the way over", async () => {
    await using box = openGoFolder("raft", (config) => {
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
