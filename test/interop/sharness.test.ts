// Goal: IPFS Cluster's own sharness scripts pass with our executable under its programs' names. Method: the scripts as they
// are, with a real Kubo in the place of their container, in namespaces of their own (they use the default ports). CLUSTER_SRC
// names a clone of ipfs-cluster/ipfs-cluster, SHARNESS_SRC one of chriscool/sharness; without them the test is skipped and
// says so. It takes six minutes, most of them the scripts' own sleeps.

import { expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";
import { projectFolder } from "#test/source-files";

const title = "IPFS Cluster's sharness scripts pass";
const namespaces = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
const tools = ["ipfs", "jq", "curl", "bash", "git", "setsid", "timeout", "pkill", "ip"];
const testCount = 73;

const problem = findProblem();
if (problem === undefined) {
  test(
    title,
    async () => {
      await using box = openBlackBox();
      mkdirSync(box.path("bin"));
      for (const name of ["ipfs-cluster-ctl", "ipfs-cluster-service"]) {
        symlinkSync(box.path("pinfold"), box.path("bin", name));
      }
      const script = join(projectFolder, "test", "fixtures", "sharness", "run.sh");
      const suite = Bun.spawn([...namespaces, script, box.folder], {
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, problems] = await Promise.all([suite.stdout.text(), suite.stderr.text()]);
      expect(await suite.exited, problems).toBe(0);
      const lines = out.split("\n");
      expect(lines.filter((line) => line.startsWith("not ok") || line.includes("# skip"))).toEqual(
        [],
      );
      expect(lines.filter((line) => line.startsWith("ok "))).toHaveLength(testCount);
    },
    900_000,
  );
} else {
  test.skip(`${title} (skipped: ${problem})`, () => undefined);
}

function findProblem(): string | undefined {
  for (const name of ["CLUSTER_SRC", "SHARNESS_SRC"]) {
    const path = process.env[name] ?? "";
    if (path === "") return `${name} is not set`;
    if (!existsSync(path)) return `${name}: ${path} is missing`;
  }
  const missing = tools.find((tool) => Bun.which(tool) === null);
  if (missing !== undefined) return `no \`${missing}\` on PATH`;
  const { exitCode } = Bun.spawnSync([...namespaces, "true"]);
  return exitCode === 0 ? undefined : "namespaces cannot be made here";
}
