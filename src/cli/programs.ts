// Which program's command line is taken: the executable has several names, as links or copies.

import { isClosedPipe } from "./closed-pipe.ts";
import type { Context } from "./command.ts";

/** A program's whole command line, without its name; resolves with the exit code. */
type Program = (words: readonly string[], context: Context) => Promise<number>;

/** Each is loaded when it is called, and only it. */
const programs = {
  pinfold: async () => (await import("./run-cli.ts")).runCli,
  "ipfs-cluster-ctl": async () => (await import("./ctl/index.ts")).runCtl,
  "ipfs-cluster-service": async () => (await import("./service/index.ts")).runService,
  "ipfs-cluster-follow": async () => (await import("./follow/index.ts")).runFollow,
} as const satisfies Readonly<Record<string, () => Promise<Program>>>;

type ProgramName = keyof typeof programs;

/** The program that `argv0`, a name or a path, stands for: `pinfold` unless it is another's name. */
export function programName(
  argv0: string,
  platform: NodeJS.Platform = process.platform,
): ProgramName {
  const isWindows = platform === "win32";
  const last = argv0.split(isWindows ? /[/\\]/ : "/").at(-1) ?? "";
  const name = (isWindows ? last.toLowerCase() : last).replace(/\.exe$/, "");
  return isProgramName(name) ? name : "pinfold";
}

function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(programs, name);
}

/** Runs the program of that name; resolves with its exit code. */
export async function runProgram(
  argv0: string,
  words: readonly string[],
  context: Context,
): Promise<number> {
  const run = await programs[programName(argv0)]();
  try {
    return await run(words, context);
  } catch (thrown) {
    if (isClosedPipe(thrown)) return 0; // whoever read our output has seen enough
    throw thrown;
  }
}
