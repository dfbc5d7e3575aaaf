// Goal: the RPC answers as a real Kubo 0.44.0-dev did, for every command that is built; those that are not answer 404.
// Method: the recorded requests are replayed with curl against a node in this process, whose network is a fake one
// without peers, and compared with the recording.

import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { openFakeNetwork } from "#test/fake-network";
import { memoryBootstrap, openKuboStack, pinEmptyFolder } from "#test/kubo-stack";
import { makeTempFolder } from "#test/temp-folder";

const golden = join(import.meta.dir, "../fixtures/golden-http");
const recording = join(golden, "kubo-rpc-0.44.0-dev.txt");

/** Commands that are not built. Whoever builds one takes its name away. */
const notBuilt = [
  "cid",
  "config",
  "dag/get",
  "dag/put",
  "dag/stat",
  "diag",
  "files",
  "filestore",
  "log",
  "multibase",
  "object",
  "p2p",
  "pin/remote",
  "pin/verify",
];

/** Built, but their recorded answers need what is not there yet. */
const waiting: ReadonlyMap<string, string> = new Map([
  ["repo/gc", "the blocks of dag/put and of files/*"],
]);

/** Requests that a real Kubo does not know either, and answers in the same way. */
const unknownToKubo = ["/api/v0/nope", "/api/v0/key/export?arg=self"];

const missing = ["curl", "python3", "bash"].filter((tool) => Bun.which(tool) === null);

test.skipIf(missing.length > 0)(
  `built commands answer as recorded${missing.length > 0 ? ` (SKIPPED: no ${missing.join(", ")} here)` : ""}`,
  async () => {
    using folder = makeTempFolder();
    const network = openFakeNetwork({ isAlone: true });
    const bootstrap = memoryBootstrap();
    await using kubo = await openKuboStack(join(folder.path, "data"), { network, bootstrap });
    await pinEmptyFolder(kubo);
    const captured = join(folder.path, "captured.txt");
    await run([join(golden, "capture.sh"), "kubo", captured], { ...process.env, KUBO: kubo.url });
    const skipped = join(folder.path, "skipped.txt");
    const titles = titlesOf(await readFile(recording, "utf8"));
    await writeFile(skipped, titles.filter(isSkipped).map(withReason).join("\n"));
    const compare = ["python3", join(golden, "compare.py"), recording, "--", captured];
    const verdict = await run([...compare, "--skip", skipped, "-v"]);
    expect(verdict).toMatch(/^(\d+) of \1 sections equal\n$/);
    expect(missingCommands(await readFile(captured, "utf8"))).toEqual(notBuilt);
  },
  60_000,
);

function titlesOf(sections: string): readonly string[] {
  return Array.from(sections.matchAll(/^### (.*)$/gm), ([, title = ""]) => title);
}

function isSkipped(title: string): boolean {
  if (unknownToKubo.some((known) => title.endsWith(known))) return false;
  const path = pathOf(title);
  return waiting.has(path) || notBuilt.some((name) => `${path}/`.startsWith(`${name}/`));
}

/** As compare.py takes it. */
function withReason(title: string): string {
  return `${title}\t${waiting.get(pathOf(title)) ?? "not built"}`;
}

function pathOf(title: string): string {
  return /\/api\/v0\/([^?]*)/.exec(title)?.[1] ?? "";
}

/** Names of `notBuilt` of which every captured answer is a 404. */
function missingCommands(captured: string): readonly string[] {
  const sections = captured.split(/^### /m).slice(1);
  return notBuilt.filter((name) =>
    sections
      .filter((section) => `${pathOf(section.split("\n")[0] ?? "")}/`.startsWith(`${name}/`))
      .every((section) => section.includes("\nHTTP/1.1 404 ")),
  );
}

async function run(command: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
  const [out, problems] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return out === "" ? problems : out;
}
