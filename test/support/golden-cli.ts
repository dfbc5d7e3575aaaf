// Recorded command lines of real programs: run again with programs of a test, and compared.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectFolder } from "./source-files.ts";

const folder = join(projectFolder, "test/fixtures/golden-cli");

/** What the recordings' scripts need. */
export const canReplay = ["bash", "python3", "timeout"].every((tool) => Bun.which(tool) !== null);

/** Runs the recorded command lines (`ctl.sh`) and answers what they did. `env` tells the script which programs, and where. */
export function replay(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = "" } = process.env;
  return run(["bash", join(folder, script)], { PATH, ...env });
}

/** Command lines whose sections differ from a recording, and how. */
export async function differences(
  recording: string,
  captured: string,
): Promise<ReadonlyMap<string, string>> {
  const compare = join(folder, "compare.py");
  const out = await run(["python3", compare, join(folder, recording), captured, "1000"]);
  if (!/^\d+ of \d+ sections are equal$/m.test(out)) throw new Error(`no comparison: ${out}`);
  const sections = out.split(/^### /m).slice(1);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf("\n")), text] as const));
}

/** The command lines of a program that docs/differences.md lists, without notes. */
export async function listedCommands(program: string): Promise<ReadonlySet<string>> {
  const page = await readFile(join(projectFolder, "docs/differences.md"), "utf8");
  const entries = page.matchAll(/^- `([a-z-]+)( [^`]*)?`: \S/gm);
  return new Set(
    Array.from(entries).flatMap(([, name, rest = ""]) =>
      name === program ? [`${name}${rest}`] : [],
    ),
  );
}

/** The command lines of a recording, without notes. */
export async function recordedCommands(recording: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(folder, recording), "utf8");
  return new Set(Array.from(text.matchAll(/^### (.*)$/gm), ([, line = ""]) => withoutNote(line)));
}

/** A recorded command line without what follows ` # `. */
export function withoutNote(line: string): string {
  return line.replace(/ # .*$/, "");
}

async function run(command: string[], env?: Readonly<Record<string, string>>): Promise<string> {
  const child = Bun.spawn(command, { ...(env && { env }), stdout: "pipe", stderr: "pipe" });
  const [out, problems] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return out === "" ? problems : out;
}
