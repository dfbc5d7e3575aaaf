// Goal: the linux-arm64 executable runs on an old ARMv8.0 core. Method: qemu's emulation of a Cortex-A53, where it is
// installed and finds a C library for arm64 (QEMU_LD_PREFIX, or a cross library in its usual place).

import { expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { within } from "#test/black-box";
import { projectFolder } from "#test/source-files";
import { makeTempFolder } from "#test/temp-folder";

const executable = join(projectFolder, "dist", "pinfold-linux-arm64");
const prefix = [process.env["QEMU_LD_PREFIX"] ?? "", "/usr/aarch64-linux-gnu", "/"].find(
  (path) => path !== "" && existsSync(join(path, "lib", "ld-linux-aarch64.so.1")),
);
const isPossible =
  Bun.which("qemu-aarch64") !== null && prefix !== undefined && existsSync(executable);
const cpu = ["-cpu", "cortex-a53", "-L", prefix ?? "/", executable];

test.skipIf(!isPossible)(
  "init, daemon --offline, add 1 MiB and get it back",
  async () => {
    using folder = makeTempFolder();
    const data = join(folder.path, "data");
    const environment = { ...process.env, HOME: folder.path, PINFOLD_PATH: data };
    const run = (...words: string[]) =>
      spawnSync("qemu-aarch64", [...cpu, ...words], { cwd: folder.path, env: environment });

    expect(run("version").stdout.toString()).toContain("linux-arm64");
    expect(run("init", "--profile", "test").status).toBe(0);
    const daemon = spawn("qemu-aarch64", [...cpu, "daemon", "--offline"], {
      cwd: folder.path,
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((done) => void daemon.on("exit", done));
    try {
      const ready = new Promise<void>((done) => {
        daemon.stdout.on("data", (text: Buffer) => {
          if (/^ready$/m.test(text.toString())) done();
        });
      });
      await within(ready, "the daemon's ready");
      const bytes = randomBytes(1 << 20);
      writeFileSync(join(folder.path, "in"), bytes);
      const cid = run("add", "-Q", "in").stdout.toString().trim();
      expect(run("get", cid, "-o", "out").status).toBe(0);
      expect(Buffer.compare(readFileSync(join(folder.path, "out")), bytes)).toBe(0);
      daemon.kill("SIGTERM");
      expect(await within(ended, "the daemon's end")).toBe(0);
    } finally {
      daemon.kill("SIGKILL");
    }
  },
  120_000,
);
