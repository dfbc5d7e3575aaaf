import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import type { CommandRun } from "../command.ts";
import { UnpackError, UsageError } from "../errors.ts";
import { findRpc } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { createProgressBar } from "../progress-bar.ts";
import { unpackTar } from "../unpack-tar.ts";

/** Saves a file or folder. It gets its name when it is whole: what fails half-way leaves nothing behind. */
export const runGet: CommandRun = async (input, context) => {
  const [path = ""] = input.arguments;
  const isArchive = input.flag("archive");
  const target = targetOf(input, path, isArchive);
  const client = await findRpc(input, context);
  const options = { archive: isArchive || undefined };
  const answer = await client.bytes({
    command: "get",
    arguments: [path],
    options,
    signal: context.signal,
  });
  await context.write(`Saving ${isArchive ? "archive" : "file(s)"} to ${target}\n`);
  const isWanted = input.optionalFlag("progress") ?? context.isTerminal.stderr;
  const bar = createProgressBar(context, isWanted);
  if (answer.lengthBytes !== undefined) bar.setTotal(answer.lengthBytes);
  try {
    const chunks = counted(answer.chunks, (bytes) => bar.update(bytes));
    await saveWhole(resolve(target), chunks, isArchive);
  } finally {
    bar.clear();
  }
};

function targetOf(input: Input, path: string, isArchive: boolean): string {
  const output = input.text("output");
  if (output === "") throw new UsageError("flag --output: expected a path", "get");
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return output ?? (isArchive ? `${name}.tar` : name);
}

async function saveWhole(
  target: string,
  chunks: AsyncIterable<Uint8Array>,
  isArchive: boolean,
): Promise<void> {
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(4).toString("hex")}.part`,
  );
  try {
    const { kind, name } = isArchive
      ? await saveFile(temporary, chunks)
      : await unpackTar(chunks, temporary);
    await rename(temporary, placeFor(target, kind, name));
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw cause;
  }
}

/** A file may replace a file, or go into a folder; a folder takes no name that exists. */
function placeFor(target: string, kind: "file" | "directory", name: string): string {
  if (!existsSync(target)) return target;
  const isFolder = statSync(target).isDirectory();
  const place = isFolder && kind === "file" ? join(target, name) : target;
  if (kind === "directory" || (existsSync(place) && statSync(place).isDirectory())) {
    throw new UnpackError(`${place} exists already: choose another name with -o`);
  }
  return place;
}

async function saveFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly kind: "file"; readonly name: string }> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of chunks) await file.write(chunk);
  } finally {
    await file.close();
  }
  return { kind: "file", name: basename(path) };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}
