// Recorded HTTP answers of real programs: replayed with curl against servers of a test, and compared.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { importEntries, resolveImportOptions } from "#dag";
import { type Exchange, openListener } from "#http";
import type { Ipfs } from "#ipfs";
import { silentLogger } from "#lib";

import { readParts, toImportEntries } from "../../src/http/multipart/index.ts";
import { runTool } from "./run-tool.ts";
import { projectFolder } from "./source-files.ts";

export const goldenFolder = join(projectFolder, "test/fixtures/golden-http");

/** Sends the requests of a list; the raw answers are written to `to`. `env` names the servers. */
export async function capture(
  list: string,
  to: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await runTool([join(goldenFolder, "capture.sh"), "cluster", to], {
    ...process.env,
    ...env,
    LIST: list,
  });
}

/** What the comparison prints. */
export function compare(recording: string, captured: string, skipped: string): Promise<string> {
  const options = ["--", captured, "--skip", skipped, "-v"];
  return runTool([join(goldenFolder, "compare.py"), recording, ...options]);
}

/** The lines of docs/differences.md that name a request of a surface (`REST`, `PINSVC`), as the comparison takes them. */
export async function listedDifferences(surface: string): Promise<readonly string[]> {
  const page = await readFile(join(projectFolder, "docs/differences.md"), "utf8");
  const entries = page.matchAll(/^- `(curl (?:-X \w+ )?([A-Z]+)\/[^`]*)`: (.*)$/gm);
  return Array.from(entries).flatMap(([, request, of, reason]) =>
    of === surface ? [`${request}\t${reason}`] : [],
  );
}

/** As much of Kubo's RPC as the recordings need: `id`, and `add` without a pin. */
export function openKuboStandIn(ipfs: Ipfs): ReturnType<typeof openListener> {
  const handler = async (exchange: Exchange): Promise<void> => {
    if (exchange.rawPath !== "/api/v0/add") return exchange.send(200, {}, "{}");
    await exchange.send(200, {}, JSON.stringify({ Hash: await addUnpinned(ipfs, exchange) }));
  };
  const name = "Kubo stand-in";
  return openListener({ host: "127.0.0.1", port: 0, logger: silentLogger, name, handler });
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
