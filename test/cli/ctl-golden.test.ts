// Goal: the executable called ipfs-cluster-ctl prints what the real 1.1.6 prints, but for the differences that
// docs/differences.md lists. Method: 135 recorded command lines are run again with a link of that name, against a fresh peer
// of the executable, and compared with the recording.

import { expect, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { openBlackBox } from "#test/black-box";
import {
  canReplay,
  differences,
  listedCommands,
  recordedCommands,
  replay,
  withoutNote,
} from "#test/golden-cli";

const recording = "ctl-1.1.6.md";
const program = "ipfs-cluster-ctl";

test.skipIf(!canReplay)(
  "ipfs-cluster-ctl prints what was recorded",
  async () => {
    await using box = openBlackBox();
    await box.run(["init", "--profile", "test"]);
    const file = join(box.data, "service.json");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/"peername": "[^"]*"/, '"peername": "alpha"'),
    );
    const { addresses } = await box.start();
    const ctl = box.path(program);
    symlinkSync(box.path("pinfold"), ctl);
    const port = new URL(addresses.rest).port;
    const capture = await replay("ctl.sh", { CTL: ctl, HOST: `/ip4/127.0.0.1/tcp/${port}` });
    const captured = box.path("captured.txt");
    await writeFile(captured, capture);
    const different = await differences(recording, captured);
    const listed = await listedCommands(program);
    const surprises = [...different].filter(([line]) => !listed.has(withoutNote(line)));
    expect(surprises.map(([, diff]) => diff)).toEqual([]);
  },
  90_000,
);

test("every listed difference is a recorded command line", async () => {
  const recorded = await recordedCommands(recording);
  for (const line of await listedCommands(program)) expect(recorded).toContain(line);
});
