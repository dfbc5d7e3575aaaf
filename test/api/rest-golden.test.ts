// Goal: the REST API answers as a real IPFS Cluster 1.1.6 peer did, but for the differences that docs/differences.md lists.
// Method: the recorded requests are replayed with curl against a whole peer in this process, and compared with the recording.

import { expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { importEntries, resolveImportOptions } from "#dag";
import { type Exchange, openListener } from "#http";
import type { Ipfs } from "#ipfs";
import { silentLogger } from "#lib";
import { openNodeStack } from "#test/node-stack";
import { openRestStack } from "#test/rest-stack";
import { makeTempFolder } from "#test/temp-folder";

import { readParts, toImportEntries } from "../../src/http/multipart/index.ts";

const golden = join(import.meta.dir, "../fixtures/golden-http");
const recording = join(golden, "cluster-rest-1.1.6.txt");
const differencesPage = join(import.meta.dir, "../../docs/differences.md");

test("the REST API answers as recorded, but for the listed differences", async () => {
  using folder = makeTempFolder();
  await using node = await openNodeStack(join(folder.path, "data"));
  await using rest = await openRestStack(node);
  await using kubo = await openKuboStandIn(node.ipfs);
  const captured = join(folder.path, "captured.txt");
  const env = { ...process.env, B: rest.url, KUBO: kubo.url, LIST: join(golden, "rest.list") };
  await run([join(golden, "capture.sh"), "cluster", captured], env);
  const skipped = join(folder.path, "skipped.txt");
  await writeFile(skipped, await listedDifferences());
  const compare = [join(golden, "compare.py"), recording, "--", captured, "--skip", skipped, "-v"];
  expect(await run(compare)).toMatch(/^(\d+) of \1 sections equal\n$/);
}, 60_000);

test("every listed difference is a recorded request", async () => {
  const recorded = await readFile(recording, "utf8");
  for (const line of (await listedDifferences()).split("\n")) {
    expect(recorded).toContain(`\n### ${line.split("\t")[0]}\n`);
  }
});

/** The lines of the page that name a request, in the form that compare.py takes. */
async function listedDifferences(): Promise<string> {
  const page = await readFile(differencesPage, "utf8");
  const entries = page.matchAll(/^- `(curl (?:-X \w+ )?REST\/[^`]*)`: (.*)$/gm);
  return Array.from(entries, ([, request, reason]) => `${request}\t${reason}`).join("\n");
}

async function run(command: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
  const [out, problems] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return out === "" ? problems : out;
}

/** As much of Kubo's RPC as the recording needs: `id`, and `add` without a pin. */
function openKuboStandIn(ipfs: Ipfs): ReturnType<typeof openListener> {
  const handler = async (exchange: Exchange): Promise<void> => {
    if (exchange.rawPath !== "/api/v0/add") return exchange.send(200, {}, "{}");
    await exchange.send(200, {}, JSON.stringify({ Hash: await addUnpinned(ipfs, exchange) }));
  };
  return openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "Kubo stand-in",
    handler,
  });
}

async function addUnpinned(ipfs: Ipfs, exchange: Exchange): Promise<string> {
  const parts = readParts(exchange.body, exchange.headers["content-type"] ?? "");
  const entries = (async function* () {
    for await (const { entry } of toImportEntries(parts)) yield entry;
  })();
  await using writer = ipfs.openWriter();
  let root = "";
  for await (const event of importEntries(entries, writer, resolveImportOptions())) {
    if (event.type === "node") root = event.cid.toString();
  }
  await writer.flush();
  return root;
}
