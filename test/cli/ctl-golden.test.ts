// Goal: the executable called ipfs-cluster-ctl prints what the real 1.1.6 prints, but for the differences that
// docs/differences.md lists. Method: 135 recorded command lines are run again with a link of that name, against a fresh peer
// of the executable, and compared with the recording.

import { expect, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";
import { canReplay, listedInVain, recordedCtl, surprises } from "#test/golden-cli";

test.skipIf(!canReplay)(
  "ipfs-cluster-ctl prints what was recorded",
  async () => {
    await using box = openBlackBox();
    await box.run(["init", "--profile", "test"]);
    const file = join(box.data, "service.json");
    const config = readFileSync(file, "utf8");
    writeFileSync(file, config.replace(/"peername": "[^"]*"/, '"peername": "alpha"'));
    const { addresses } = await box.start();
    const ctl = box.path("ipfs-cluster-ctl");
    symlinkSync(box.path("pinfold"), ctl);
    const host = `/ip4/127.0.0.1/tcp/${new URL(addresses.rest).port}`;
    expect(await surprises(recordedCtl, { CTL: ctl, HOST: host })).toEqual([]);
  },
  180_000,
);

test("every listed difference is a recorded command line", async () => {
  expect(await listedInVain(recordedCtl)).toEqual([]);
});
