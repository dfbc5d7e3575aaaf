import { once } from "node:events";
import { isatty } from "node:tty";

import type { Context } from "./command.ts";
import { createLogWriter } from "./log-writer.ts";

/** Resolves when all of stdout is written: ending the process before would cut it. */
export function flushed(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write("", () => resolve());
  });
}

/** The context of a real process. */
export function processContext(): Context {
  const { stdout, stderr } = process;
  return {
    environment: process.env,
    write: async (text) => {
      if (!stdout.write(text)) await once(stdout, "drain");
    },
    warn: (text) => void stderr.write(text),
    log: { stdout: createLogWriter(stdout), stderr: createLogWriter(stderr) },
    isTerminal: {
      stdin: isatty(0),
      stdout: isatty(1),
      stderr: isatty(2),
    },
    get stdin() {
      return Bun.stdin.stream();
    },
    readSecret: async (prompt) => {
      const { readSecret } = await import("./read-secret.ts");
      return readSecret(prompt, { stdin: process.stdin, warn: (text) => void stderr.write(text) });
    },
    signal: new AbortController().signal,
  };
}
