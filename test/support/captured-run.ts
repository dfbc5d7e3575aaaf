import type { Context } from "../../src/cli/command.ts";

export interface CapturedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Surroundings in which nobody is at the terminal and nobody reads, but for what `own` says. */
export function quietContext(own: Partial<Context> = {}): Context {
  return {
    environment: {},
    write: () => Promise.resolve(),
    warn: () => undefined,
    log: { stdout: () => undefined, stderr: () => undefined },
    isTerminal: { stdin: false, stdout: false, stderr: false },
    stdin: (async function* () {})(),
    readSecret: () => Promise.reject(new Error("nobody is there")),
    signal: new AbortController().signal,
    ...own,
  };
}

/** Runs a program's command line in this process, with nobody at the terminal. */
export async function capturedRun(
  program: (words: readonly string[], context: Context) => Promise<number>,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CapturedRun> {
  let [stdout, stderr] = ["", ""];
  const context = quietContext({
    environment,
    write: async (text) => void (stdout += String(text)),
    warn: (text) => void (stderr += text),
  });
  const code = await program(words, context);
  return { code, stdout, stderr };
}
