// Goal: the REST API answers as a real IPFS Cluster 1.1.6 peer did, but for the differences that docs/differences.md lists.
// Method: the recorded requests are replayed with curl against a whole peer in this process, and compared with the recording.

import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { goldenFolder, listedDifferences } from "#test/golden-http";
import { replayRest } from "#test/rest-replay";
import { makeTempFolder } from "#test/temp-folder";

const recording = join(goldenFolder, "cluster-rest-1.1.6.txt");

test("the REST API answers as recorded, but for the listed differences", async () => {
  using folder = makeTempFolder();
  const skipped = join(folder.path, "skipped.txt");
  await writeFile(skipped, (await listedDifferences("REST")).join("\n"));
  const result = await replayRest("rest.list", { recording, skipped });
  expect(result).toMatch(/^(\d+) of \1 sections equal\n$/);
}, 60_000);

test("every listed difference is a recorded request", async () => {
  const recorded = await readFile(recording, "utf8");
  for (const line of await listedDifferences("REST")) {
    expect(recorded).toContain(`\n### ${line.split("\t")[0]}\n`);
  }
});
