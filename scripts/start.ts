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
// a group of its own: Ctrl-C would reach it twice, from the terminal and from here, and a second signal ends it at once
const peer = spawn(process.execPath, [join(projectFolder, "src", "main.ts"), ...flags], {
  stdio: ["ignore", "pipe", "inherit"],
  detached: true,
});
/** One key press comes several times: from the terminal, and from every runner above that passes it on. */
const samePressMs = 500;
let lastSignalAt = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    const now = performance.now();
    if (now - lastSignalAt > samePressMs || lastSignalAt === 0) peer.kill(signal);
    lastSignalAt = now;
  });
}
createInterface({ input: peer.stdout }).on("line", (line) => {
  console.log(line);
  if (line === "ready") console.log(hints);
});
peer.on("exit", (code) => process.exit(code ?? 1));
