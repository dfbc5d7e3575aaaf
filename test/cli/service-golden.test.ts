// Goal: the executable called ipfs-cluster-service prints what the real 1.1.6 prints, but for the differences that
// docs/differences.md lists. Method: 69 recorded command lines are run again with a link of that name, in an empty home
// folder, with a node of ours as the IPFS node, and compared with the recording.

import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";

import { openBlackBox } from "#test/black-box";
import { freePorts } from "#test/free-ports";
import { canReplay, listedInVain, recordedService, surprises } from "#test/golden-cli";

test.skipIf(!canReplay)(
  "ipfs-cluster-service prints what was recorded",
  async () => {
    await using box = openBlackBox();
    const { addresses } = await box.start(["--init", "--profile", "test", "--offline"]);
    const service = box.path("ipfs-cluster-service");
    symlinkSync(box.path("pinfold"), service);
    const ipfs = `/ip4/127.0.0.1/tcp/${new URL(addresses.rpc).port}`;
    const base = (await freePorts(4)) - 14; // the script takes BASE+14 to BASE+17
    const env = { SERVICE: service, IPFS: ipfs, BASE: String(base) };
    expect(await surprises(recordedService, env)).toEqual([]);
  },
  180_000,
);

test("every listed difference is a recorded command line", async () => {
  expect(await listedInVain(recordedService)).toEqual([]);
});
