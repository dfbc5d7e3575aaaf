// Recorded command lines of real programs: run again with programs of a test, and compared.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runTool } from "./run-tool.ts";
import { projectFolder } from "./source-files.ts";
import { makeTempFolder } from "./temp-folder.ts";

const folder = join(projectFolder, "test/fixtures/golden-cli");

/** What the recordings' scripts need. */
export const canReplay = ["bash", "python3", "timeout"].every((tool) => Bun.which(tool) !== null);

/** A program whose command lines were recorded, and with which release. */
interface Recorded {
  readonly program: string;
  readonly script: string;
  readonly recording: string;
}

export const recordedCtl: Recorded = {
  program: "ipfs-cluster-ctl",
  script: "ctl.sh",
  recording: "ctl-1.1.6.md",
};

export const recordedService: Recorded = {
  program: "ipfs-cluster-service",
  script: "service.sh",
  recording: "service-1.1.6.md",
};

/**
 * Runs a program's recorded command lines and answers how they differ from the recording, but for those that
 * docs/differences.md lists. `env` tells the script which programs, and where.
 */
export async function surprises(
  { program, script, recording }: Recorded,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  using temp = makeTempFolder();
  const captured = join(temp.path, "captured.txt");
  const { PATH = "" } = process.env;
  await writeFile(captured, await runTool(["bash", join(folder, script)], { PATH, ...env }));
  const different = await differences(recording, captured);
  const listed = await listedCommands(program);
  return [...different].flatMap(([line, diff]) => (listed.has(withoutNote(line)) ? [] : [diff]));
}

/** Command lines that docs/differences.md lists although they were not recorded. */
export async function listedInVain({ program, recording }: Recorded): Promise<readonly string[]> {
  const text = await readFile(join(folder, recording), "utf8");
  const recorded = new Set(
    Array.from(text.matchAll(/^### (.*)$/gm), ([, line = ""]) => withoutNote(line)),
  );
  return Array.from(await listedCommands(program)).filter((line) => !recorded.has(line));
}

/** Command lines whose sections differ from a recording, and how. */
async function differences(
  recording: string,
  captured: string,
): Promise<ReadonlyMap<string, string>> {
  const compare = join(folder, "compare.py");
  const out = await runTool(["python3", compare, join(folder, recording), captured, "1000"]);
  if (!/^\d+ of \d+ sections are equal$/m.test(out)) throw new Error(`no comparison: ${out}`);
  const sections = out.split(/^### /m).slice(1);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf("\n")), text] as const));
}

/** The command lines of a program that docs/differences.md lists, without notes. */
async function listedCommands(program: string): Promise<ReadonlySet<string>> {
  const page = await readFile(join(projectFolder, "docs/differences.md"), "utf8");
  const entries = page.matchAll(/^- `([a-z-]+)( [^`]*)?`: \S/gm);
  return new Set(
    Array.from(entries).flatMap(([, name, rest = ""]) =>
      name === program ? [`${name}${rest}`] : [],
    ),
  );
}

/** A recorded command line without what follows ` # `. */
function withoutNote(line: string): string {
  return line.replace(/ # .*$/, "");
}
