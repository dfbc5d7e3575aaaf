// What a round adds: one big file, and one multipart body of many small ones. Random, so nothing deduplicates.

import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { RoundFigures } from "./rows.ts";

export interface Inputs {
  readonly bigPath: string;
  readonly bigBytes: number;
  readonly smallPath: string;
  readonly smallCount: number;
  readonly boundary: string;
}

const boundary = "pinfold-bench-boundary";

export async function makeInputs(
  folder: string,
  size: { readonly bigMiB: number; readonly files: number },
): Promise<Inputs> {
  const bigPath = join(folder, "big");
  const smallPath = join(folder, "small.multipart");
  const piece = Buffer.alloc(1 << 20);
  await writeAll(bigPath, size.bigMiB, () => randomFillSync(piece));
  await writeAll(smallPath, size.files + 1, (index) =>
    index === size.files ? Buffer.from(`--${boundary}--\r\n`) : smallPart(index),
  );
  await run(["sync"]);
  const bigBytes = size.bigMiB * 1024 * 1024;
  return { bigPath, bigBytes, smallPath, smallCount: size.files, boundary };
}

function smallPart(index: number): Buffer {
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="d%2F${index}"\r\n` +
    `Content-Type: application/octet-stream\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(head),
    randomFillSync(Buffer.alloc(4096)),
    Buffer.from("\r\n"),
  ]);
}

async function writeAll(
  path: string,
  pieces: number,
  make: (index: number) => Buffer,
): Promise<void> {
  const out = createWriteStream(path);
  for (let index = 0; index < pieces; index += 1) {
    if (!out.write(Buffer.from(make(index)))) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
}

/** What the disk does by itself with the same bytes. */
export async function measureCopy(inputs: Inputs, folder: string): Promise<RoundFigures> {
  const copy = join(folder, "copy");
  const rate = async (command: string): Promise<number> => {
    await rm(copy, { force: true });
    await run(["sync"]);
    const began = performance.now();
    await run(["sh", "-c", command]);
    return inputs.bigBytes / 1e3 / (performance.now() - began);
  };
  const plain = await rate(`cp '${inputs.bigPath}' '${copy}'`);
  const synced = await rate(`cp '${inputs.bigPath}' '${copy}' && sync '${copy}'`);
  await rm(copy, { force: true });
  return { cp: plain, "cp + sync": synced };
}

export async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore", stdin: "ignore" });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed`);
  return text;
}
