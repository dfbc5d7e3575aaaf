// Installs what bun.lock names. Only built-ins here: there may be no node_modules yet.

import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's top folder. */
export const projectFolder: string = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Exits with the installer's code when it fails. Takes some 30 ms when everything is there. */
export function install(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["install", "--frozen-lockfile"], {
    cwd: projectFolder,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  if (status === 0) return;
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}
