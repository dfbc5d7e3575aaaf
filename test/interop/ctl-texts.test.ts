// Goal: our ipfs-cluster-ctl and the real 1.1.6 print the same, with the same exit codes, whichever peer they ask. Method: the
// same command lines with both, against a real ipfs-cluster-service and against a peer of ours, both over one real Kubo; times
// and the long descriptions in help are left out. Skipped where one of the real programs is missing.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";

import { type CapturedRun, capturedRun } from "#test/captured-run";
import { openGoCluster } from "#test/go-cluster";
import { openPeerOverKubo, openRestartableKubo } from "#test/kubo-cluster";
import { makeTempFolder } from "#test/temp-folder";

import { runCtl } from "../../src/cli/ctl/index.ts";

const needed = ["ipfs", "ipfs-cluster-service", "ipfs-cluster-ctl"];
const missing = needed.filter((name) => Bun.which(name) === null);
const note = missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")} on PATH)`;

const hello = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
const other = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
const nobody = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

let stack: AsyncDisposableStack;
let folder: string;
const hosts = new Map<string, string>();

beforeAll(async () => {
  if (missing.length > 0) return;
  stack = new AsyncDisposableStack();
  folder = stack.use(makeTempFolder()).path;
  mkdirSync(`${folder}/d/sub`, { recursive: true });
  for (const [name, text] of [
    ["hello.txt", "hello world\n"],
    ["d/a.txt", "a\n"],
    ["d/.hidden", "h\n"],
    ["d/sub/c.txt", "c\n"],
    ["closed", ""],
  ] as const) {
    writeFileSync(`${folder}/${name}`, text);
  }
  chmodSync(`${folder}/closed`, 0);
  const kubo = stack.use(await openRestartableKubo());
  hosts.set("the Go peer", `/ip4/127.0.0.1/tcp/${await openGoCluster(kubo.port, stack)}`);
  const { addresses } = await openPeerOverKubo(kubo.port, stack);
  hosts.set("our peer", `/ip4/127.0.0.1/tcp/${new URL(addresses.rest ?? "").port}`);
  hosts.set("nobody", "/ip4/127.0.0.1/tcp/1");
}, 60_000);

afterAll(async () => {
  await stack?.disposeAsync();
});

/** `F` stands for the folder. Lines that depend on their order stand in one. */
const commandLines = [
  "version",
  "id",
  "--enc json id",
  "peers ls",
  "add F/hello.txt",
  "--enc json add F/hello.txt",
  "add -r F/d",
  "add -r -H -q F/d F/hello.txt",
  "add -Q -r --no-stream F/d",
  "--enc json add --no-stream F/hello.txt",
  "add --cid-version 1 --name n --metadata k=v F/hello.txt",
  "add F/missing",
  "add F/hello.txt/x",
  "add F/d",
  "add --nocopy F/hello.txt",
  "add --format car -w F/hello.txt",
  "add --format xyz F/hello.txt",
  "add --layout xyz F/hello.txt",
  "add --expire-in 5 F/hello.txt",
  "add --metadata a F/hello.txt",
  "add --wait --wt 9s F/hello.txt",
  `pin add ${hello}`,
  `pin add --ns --name a-name --metadata k=v --replication 1 ${hello}`,
  `--enc json pin add --ns ${hello}`,
  `pin add --wait --ns ${hello}`,
  `pin add --mode direct --ns ${hello}`,
  `pin add --allocations x ${hello}`,
  "pin add",
  "pin add x/y",
  "pin add /ipfs/bafy",
  `pin update --ns ${hello} ${other}`,
  "pin update x",
  `pin ls ${hello}`,
  `--enc json pin ls ${hello}`,
  "pin ls --filter pin,bogus",
  "pin ls --filter shard-pin",
  "pin ls zz",
  `status ${hello}`,
  `--enc json status --local ${hello}`,
  `status ${hello} ${other}`,
  "status --filter pin_error",
  "status --filter bogus",
  `recover ${hello}`,
  "recover --local",
  "health metrics ping",
  "health metrics nothing",
  "--enc json health metrics nothing",
  "health alerts",
  `health graph --file F/d/none/graph.dot`,
  "ipfs gc --local",
  "peers rm",
  "peers rm x",
  `peers rm ${nobody}`,
  "commands",
  "nothing",
  "--enc yaml id",
  "--secret xyz id",
  "--basic-auth user:secret --force-http version",
  "--https version",
  "pin rm --ns zz",
  "pin ls --nothing",
];

async function real(words: readonly string[]): Promise<CapturedRun> {
  const child = Bun.spawn(["ipfs-cluster-ctl", ...words], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

/** Without times, descriptions, and the Go program's log. */
function compared(run: CapturedRun): CapturedRun {
  const { code, stdout, stderr } = undescribed(run);
  const timeless = stdout
    .replace(/^(?:b:|\{\n {4}"cid": null,[^]*?\n\})\n/, "") // the Go program prints an empty status before an error
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, "TIME")
    .replaceAll(/\d+ seconds? from now|now$/gm, "SOON");
  const logged = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t[A-Z]+\t.*\n/gm;
  const lines = timeless.split("\n").toSorted(); // several streams come in any order
  return { code, stdout: lines.join("\n"), stderr: stderr.replaceAll(logged, "") };
}

/** Help without its long description, which is in our own words. */
function undescribed(run: CapturedRun): CapturedRun {
  const stdout = run.stdout.replace(/^DESCRIPTION:\n[^]*?(?=^[A-Z ]+:$|(?![^]))/m, "");
  return { ...run, stdout };
}

describe.skipIf(missing.length > 0)(`ipfs-cluster-ctl${note}`, () => {
  test.each(["the Go peer", "our peer", "nobody"])(
    "prints the same, asking %s",
    async (peer) => {
      const host = hosts.get(peer) ?? "";
      for (const line of commandLines) {
        const words = ["--host", host, ...line.replaceAll("F/", `${folder}/`).split(" ")];
        if (line.startsWith("ipfs gc")) await real(words); // what is collected is so once
        const theirs = compared(await real(words));
        const ours = compared(await capturedRun(runCtl, words));
        expect({ line, ...ours }).toEqual({ line, ...theirs });
      }
    },
    60_000,
  );

  test.each([
    "",
    "pin",
    "add",
    "pin add",
    "pin ls",
    "status",
    "health",
    "ipfs gc",
    "help",
    "pin help",
  ])('prints the same help of "%s" but for its description', async (command) => {
    const words = [...command.split(" ").filter(Boolean), "--help"];
    expect(undescribed(await capturedRun(runCtl, words))).toEqual(undescribed(await real(words)));
    const asked = ["help", ...words.slice(0, 1)];
    expect(compared(await capturedRun(runCtl, asked))).toEqual(compared(await real(asked)));
  });
});
