// bun run verify: everything that can be wrong without running the whole program, cheapest first, in seconds.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { projectFolder } from "./install.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const bun = process.execPath;
const tool = (name: string): string => join(projectFolder, "node_modules", ".bin", name);

const steps: readonly Step[] = [
  { name: "format", command: [bun, "fmt", "--check", "src", "test", "scripts"] },
  { name: "types", command: [bun, "check"] },
  { name: "tidy", command: [bun, "test", "test/tidy/"] },
  { name: "lint", command: [tool("oxlint"), "--type-aware"] },
  { name: "dead code", command: [tool("knip")] },
  { name: "unit tests", command: [bun, "test", "--parallel", "test/unit/"] },
];

if (!existsSync(tool("oxlint"))) {
  console.error("node_modules is missing: run `bun install` first");
  process.exit(1);
}
const began = performance.now();
let failures = 0;
for (const { name, command } of steps) {
  const stepBegan = performance.now();
  const child = Bun.spawn([...command], { cwd: projectFolder, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const ms = Math.round(performance.now() - stepBegan);
  console.log(
    `${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(12)} ${String(ms).padStart(6)} ms`,
  );
  if (code === 0) continue;
  failures += 1;
  console.log(stdout + stderr);
}
const total = ((performance.now() - began) / 1000).toFixed(1);
console.log(failures === 0 ? `all green in ${total} s` : `${failures} failed, ${total} s`);
process.exit(failures === 0 ? 0 : 1);
