// bun run build [--all] [--target NAME]…: dist/pinfold for this machine, or dist/pinfold-<target> for others.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { install, projectFolder } from "./install.ts";

install();
// in a process of its own: this one may remember that there was no node_modules
const compile = join(projectFolder, "scripts", "build", "compile.ts");
const { status } = spawnSync(process.execPath, [compile, ...process.argv.slice(2)], {
  cwd: projectFolder,
  stdio: "inherit",
});
process.exit(status ?? 1);
