// Goal: the REST API answers as a real IPFS Cluster 1.1.6 peer did, but for the differences that docs/differences.md lists.
// Method: the recorded requests are replayed with curl against a whole peer in this process, and compared with the recording.

import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  capture,
  compare,
  goldenFolder,
  listedDifferences,
  openKuboStandIn,
} from "#test/golden-http";
import { openNodeStack } from "#test/node-stack";
import { openRestStack } from "#test/rest-stack";
import { makeTempFolder } from "#test/temp-folder";

const recording = join(goldenFolder, "cluster-rest-1.1.6.txt");

test("the REST API answers as recorded, but for the listed differences", async () => {
  using folder = makeTempFolder();
  await using node = await openNodeStack(join(folder.path, "data"));
  await using rest = await openRestStack(node);
  await using kubo = await openKuboStandIn(node.ipfs);
  const captured = join(folder.path, "captured");
  const skipped = join(folder.path, "skipped");
  await capture(join(goldenFolder, "rest.list"), captured, { B: rest.url, KUBO: kubo.url });
  await writeFile(skipped, (await listedDifferences("REST")).join("\n"));
  expect(await compare(recording, captured, skipped)).toMatch(/^(\d+) of \1 sections equal\n$/);
}, 60_000);

test("every listed difference is a recorded request", async () => {
  const recorded = await readFile(recording, "utf8");
  for (const line of await listedDifferences("REST")) {
    expect(recorded).toContain(`\n### ${line.split("\t")[0]}\n`);
  }
});
