// bun run test [arguments of bun test]: installs, then runs every suite that needs no executable.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { install, projectFolder } from "./install.ts";

/** `cli` tests the built executable; the other two hold no tests. */
const leftOut = new Set(["cli", "fixtures", "support"]);

install();
const suites = readdirSync(join(projectFolder, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !leftOut.has(entry.name))
  .map(({ name }) => `test/${name}/`);
const wanted = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  ["test", ...(wanted.some((argument) => argument.startsWith("test/")) ? [] : suites), ...wanted],
  { cwd: projectFolder, stdio: "inherit" },
);
process.exit(status ?? 1);
