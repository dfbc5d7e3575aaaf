// Goal: the 23 tests of nftstorage's client for IPFS Cluster (npm @nftstorage/ipfs-cluster) pass against our REST API.
// Method: its own suite, run by mocha on node against our executable with basic authentication. NFT_SRC names a clone of
// nftstorage/ipfs-cluster with its node_modules; without it the test is skipped and says so.

import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";

const source = process.env["NFT_SRC"] ?? "";
const node = Bun.which("node");
const without = source === "" ? "NFT_SRC is not set" : "there is no node";
const title = "the suite of nftstorage's client passes";

/** Node's own FormData takes no undefined name, which the suite's older one did. */
const preamble =
  "const append = FormData.prototype.append; FormData.prototype.append = function (...a) " +
  "{ return append.apply(this, a[2] === undefined ? a.slice(0, 2) : a) }\n";

if (source === "" || node === null) {
  test.skip(`${title} (skipped: ${without})`, () => undefined);
} else {
  test(
    title,
    async () => {
      await using box = openBlackBox();
      const { addresses } = await box.start(["--init", "--profile", "test"], {
        env: { CLUSTER_RESTAPI_BASICAUTHCREDENTIALS: "user:secret" },
      });
      const work = copySuite(box.path("suite"), addresses.rest);
      const report = box.path("report.json");
      const mocha = join("node_modules", ".bin", "mocha");
      const args = ["--timeout", "10000", "--exit", "--reporter", "json"];
      const command = [node, mocha, ...args, "--reporter-option", `output=${report}`];
      const suite = Bun.spawn([...command, "test/all.spec.js"], {
        cwd: work,
        stdout: "pipe",
        stderr: "pipe",
      });
      const problems = await suite.stderr.text();
      await suite.exited;
      expect(problems).toBe("");
      const { stats, failures } = JSON.parse(readFileSync(report, "utf8"));
      expect(failures.map((failure: { fullTitle: string }) => failure.fullTitle)).toEqual([]);
      expect(stats.passes).toBe(23);
    },
    60_000,
  );
}

/** The suite with our address instead of its own, and without the polyfills that break on a newer node. */
function copySuite(work: string, url: string): string {
  mkdirSync(work);
  for (const name of ["src", "test", "package.json"]) {
    cpSync(join(source, name), join(work, name), { recursive: true });
  }
  symlinkSync(join(source, "node_modules"), join(work, "node_modules"));
  const file = join(work, "test", "all.spec.js");
  const lines = readFileSync(file, "utf8")
    .replace(/new URL\('http[^']*'\)/, `new URL('${url}')`)
    .split("\n")
    .filter(
      (line) => !line.includes("from '@web-std/") && !line.startsWith("Object.assign(global"),
    );
  writeFileSync(file, preamble + lines.join("\n"));
  return work;
}
