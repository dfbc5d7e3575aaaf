// Goal: whoever imports a file of pins that is wrong is told where. Method: the command line in this process, on a folder of
// its own.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { capturedRun } from "#test/captured-run";
import { makeTempFolder } from "#test/temp-folder";

import { runCli } from "../../../src/cli/run-cli.ts";

test("a pin that cannot be read is told with its place in the file", async () => {
  using folder = makeTempFolder();
  writeFileSync(join(folder.path, "service.json"), "{}");
  const file = join(folder.path, "pins.json");
  const sound = '{"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"}\n';
  writeFileSync(file, `${sound}${sound}{"cid":7}\n`);
  const words = ["state", "import", "--data", folder.path, "--force", file];
  const { code, stderr } = await capturedRun(runCli, words);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      "pinfold: importing state: pin 3: json: cannot unmarshal number into Go struct field Pin.cid of type string\n",
  });
});
