// Goal: the executable called ipfs-cluster-service prints what the real 1.1.6 prints, but for the differences that
// docs/differences.md lists. Method: 69 recorded command lines are run again with a link of that name, in an empty home
// folder, with a node of ours as the IPFS node, and compared with the recording.

import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";

import { openBlackBox } from "#test/black-box";
import { freePorts } from "#test/free-ports";
import {
  canReplay,
  differences,
  listedCommands,
  recordedCommands,
  replay,
  withoutNote,
} from "#test/golden-cli";

const recording = "service-1.1.6.md";
const program = "ipfs-cluster-service";

test.skipIf(!canReplay)(
  "ipfs-cluster-service prints what was recorded",
  async () => {
    await using box = openBlackBox();
    const { addresses } = await box.start(["--init", "--profile", "test", "--offline"]);
    const service = box.path(program);
    symlinkSync(box.path("pinfold"), service);
    const base = (await freePorts(4)) - 14;
    const capture = await replay("service.sh", {
      SERVICE: service,
      IPFS: `/ip4/127.0.0.1/tcp/${new URL(addresses.rpc).port}`,
      BASE: String(base),
    });
    const captured = box.path("captured.txt");
    await writeFile(captured, capture);
    const different = await differences(recording, captured);
    const listed = await listedCommands(program);
    const surprises = [...different].filter(([line]) => !listed.has(withoutNote(line)));
    expect(surprises.map(([, diff]) => diff)).toEqual([]);
  },
  180_000,
);

test("every listed difference is a recorded command line", async () => {
  const recorded = await recordedCommands(recording);
  for (const line of await listedCommands(program)) expect(recorded).toContain(line);
});
