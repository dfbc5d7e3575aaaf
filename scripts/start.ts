// bun run start [daemon flags]: installs, creates a data folder if there is none, runs the peer from source.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { install, projectFolder } from "./install.ts";

const runner = process.env["npm_command"] === "exec" ? "npx -y bun@1.4.5" : "bun";
const hints = `
Add something from another terminal:   ${runner} src/main.ts add -r FOLDER
It is pinned, and the gateway above serves it under /ipfs/<cid>. Ctrl-C stops the peer.`;

install();
const flags = ["daemon", "--init", ...process.argv.slice(2)];
const peer = spawn(process.execPath, [join(projectFolder, "src", "main.ts"), ...flags], {
  stdio: ["ignore", "pipe", "inherit"],
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => peer.kill(signal));
}
createInterface({ input: peer.stdout }).on("line", (line) => {
  console.log(line);
  if (line === "ready") console.log(hints);
});
peer.on("exit", (code) => process.exit(code ?? 1));
