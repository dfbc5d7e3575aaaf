// Goal: every route and option of the REST API is answered as by a real IPFS Cluster 1.1.6 peer (with Kubo 0.44-dev), but for the
// differences that rest-more.skip lists. Method: as rest-golden.test.ts, with a longer list of requests.

import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { goldenFolder } from "#test/golden-http";
import { replayRest } from "#test/rest-replay";

const recording = join(goldenFolder, "cluster-rest-more-1.1.6.txt");
const skipped = join(goldenFolder, "rest-more.skip");

test("every route and option is answered as recorded, but for the listed differences", async () => {
  const result = await replayRest("rest-more.list", { recording, skipped });
  expect(result).toMatch(/^(\d+) of \1 sections equal\n$/);
}, 120_000);

test("every listed difference is a recorded request", async () => {
  const recorded = await readFile(recording, "utf8");
  for (const line of (await readFile(skipped, "utf8")).trimEnd().split("\n")) {
    expect(recorded).toContain(`### ${line.split("\t")[0]}\n`);
  }
});
