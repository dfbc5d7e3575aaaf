// What `pinfold state` and `ipfs-cluster-service state` share: the pinset of a folder, and the files it goes to and comes
// from.

import { type FileHandle, open } from "node:fs/promises";

import { systemProblem } from "#lib";
import { peerIdBytes, peerIdText } from "#model";
import type { ImportOptions, OfflineState } from "#peer";

import { isClosedPipe } from "../closed-pipe.ts";
import type { Context } from "../command.ts";
import { StateStepError } from "./errors.ts";

/** Writes the pinset to stdout, or to the file. @throws {StateStepError} */
export async function exportState(
  state: OfflineState,
  path: string | undefined,
  context: Context,
): Promise<void> {
  if (path === undefined) {
    await exportTo(state, (text) => context.write(text));
    return;
  }
  await using file = await openFile("creating output file", path, "w");
  await exportTo(state, (text) => file.appendFile(text));
}

async function exportTo(
  state: OfflineState,
  write: (text: string) => Promise<void>,
): Promise<void> {
  try {
    for await (const text of state.export()) await write(text);
  } catch (cause) {
    if (isClosedPipe(cause)) throw cause;
    throw new StateStepError("exporting state", cause);
  }
}

/** The bytes of a file of pins. Closed with the scope. @throws {StateStepError} */
export async function openImport(
  path: string,
): Promise<AsyncDisposable & { readonly bytes: AsyncIterable<Uint8Array>; readonly path: string }> {
  const file = await openFile("reading import file", path, "r");
  return {
    path,
    bytes: file.createReadStream({ autoClose: false, highWaterMark: readBytes }),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const readBytes = 1024 * 1024;

/** Replaces the pinset, wholly or not at all; answers how many pins there were. @throws {StateStepError} */
export async function importState(
  state: OfflineState,
  source: { readonly bytes: AsyncIterable<Uint8Array>; readonly path?: string },
  options: ImportOptions,
): Promise<number> {
  try {
    return (await state.import(source.bytes, options)).pins;
  } catch (cause) {
    const doing = "importing state";
    if (!isReadError(cause)) throw new StateStepError(doing, cause);
    const place = source.path ?? "stdin";
    throw new StateStepError(doing, cause, `read ${place}: ${systemProblem(cause)}`);
  }
}

function isReadError(cause: unknown): boolean {
  return cause instanceof Error && Reflect.get(cause, "syscall") === "read";
}

/** Peer ids separated by commas. @throws {StateStepError} for what is none */
export function readAllocations(list: string): readonly string[] {
  const ids = list.split(",").map((id) => id.trim());
  try {
    return ids.filter((id) => id !== "").map((id) => peerIdText(peerIdBytes(id)));
  } catch (cause) {
    throw new StateStepError("reading allocations", cause);
  }
}

async function openFile(doing: string, path: string, flags: "r" | "w"): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    throw new StateStepError(doing, cause, `open ${path}: ${systemProblem(cause)}`);
  }
}
