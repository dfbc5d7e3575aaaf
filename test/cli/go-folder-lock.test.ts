// Goal: a folder in which a peer of the Go program runs is left alone. Method: a real ipfs-cluster-service on a folder of its
// own, and our executable on the same one. Without that program, or a system that shows its locks, the test is skipped.

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";
import { eventually } from "#test/eventually";
import { serviceProgram } from "#test/service-program";

setDefaultTimeout(60_000);

const real = Bun.which("ipfs-cluster-service");
const problem =
  real === null
    ? "no ipfs-cluster-service on PATH"
    : existsSync("/proc/locks")
      ? undefined
      : "no /proc/locks";
const title = "a folder of a Go peer that runs is left alone";
const anyPort = "/ip4/127.0.0.1/tcp/0";

if (problem !== undefined || real === null) {
  test.skip(`${title} (skipped: ${problem})`, () => undefined);
} else {
  test(title, async () => {
    await using box = openBlackBox();
    const service = serviceProgram(box);
    const env = {
      HOME: box.path("home"),
      IPFS_CLUSTER_PATH: box.path("cluster"),
      CLUSTER_LISTENMULTIADDRESS: anyPort,
      CLUSTER_MDNSINTERVAL: "0",
      CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: anyPort,
      CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
      CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
      CLUSTER_IPFSHTTP_NODEMULTIADDRESS: "/ip4/127.0.0.1/tcp/1",
    };
    expect(Bun.spawnSync([real, "init"], { env }).exitCode).toBe(0);
    const log = box.path("log");
    const peer = Bun.spawn([real, "daemon"], { env, stdout: "ignore", stderr: Bun.file(log) });
    try {
      const lock = join(box.path("cluster"), "cluster.lock");
      // it says this when it has its lock
      await eventually(() => readFileSync(log, "utf8").includes("listening on"));
      for (const command of [["daemon"], ["state", "export"], ["init", "-f"]]) {
        const { code, stderr } = await service.run(command);
        expect(stderr).toContain(`error obtaining execution lock: lock ${lock}: someone else has`);
        expect(code).toBe(1);
      }
      for (const command of [["daemon"], ["state", "export"], ["state", "cleanup", "-f"]]) {
        const own = await box.run(command, { env: { PINFOLD_PATH: box.path("cluster") } });
        expect(own.stderr).toContain(`the peer with process id ${peer.pid}`);
        expect(own.code).toBe(1);
      }
    } finally {
      peer.kill("SIGKILL");
      await peer.exited;
    }
    expect((await service.run(["state", "cleanup", "-f"])).code).toBe(0);
  });
}
