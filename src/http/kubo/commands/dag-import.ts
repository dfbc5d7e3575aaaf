import { BlockTooLargeError, DamagedCarError, LinkLedger, readCar } from "#dag";
import { asError, messageOf } from "#lib";
import type { BlockWriter, CID } from "#model";

import type { Part } from "../../multipart/index.ts";
import { bool, fileArgument, type KuboCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { blockBytesMax, checkBlockSize } from "./block-rules.ts";

export const dagImport: KuboCommand = {
  path: "dag/import",
  arguments: [fileArgument("path")],
  options: [
    bool("pin-roots"),
    bool("local-only"),
    bool("silent"),
    bool("stats"),
    bool("fast-provide-root"),
    bool("fast-provide-dag"),
    bool("fast-provide-wait"),
    { names: ["allow-big-block"], type: "bool", default: false },
  ],
  run: runImport,
};

interface Imported {
  blocks: number;
  bytes: number;
  readonly roots: Map<string, CID>;
  /** Knows which roots came whole, so that they need not be read again to be pinned. */
  readonly ledger: LinkLedger;
}

/** Nothing is told before all blocks are durable. */
async function runImport(request: KuboRequest, output: KuboOutput): Promise<void> {
  const mayPin = mayPinRoots(request);
  const imported: Imported = { blocks: 0, bytes: 0, roots: new Map(), ledger: new LinkLedger() };
  await using writer = request.deps.ipfs.openWriter();
  for await (const part of request.files) await importPart(request, { part, writer, imported });
  await writer.flush();
  if (mayPin) await pinRoots(request, output, imported);
  if (request.flag("stats") !== true) return;
  const { blocks, bytes } = imported;
  const stats = { BlockCount: blocks, BlockBytesCount: bytes };
  await output.emit({ Stats: stats }, () => `Imported ${blocks} blocks (${bytes} bytes)\n`);
}

/** @throws {CommandError} worded as Kubo */
function mayPinRoots(request: KuboRequest): boolean {
  const wanted = request.flag("pin-roots");
  if (request.flag("local-only") !== true) return wanted ?? true;
  if (wanted !== true) return false;
  throw new CommandError(
    "--local-only implies --pin-roots=false and cannot be combined with --pin-roots=true; please drop one of them",
  );
}

async function importPart(
  request: KuboRequest,
  work: { readonly part: Part; readonly writer: BlockWriter; readonly imported: Imported },
): Promise<void> {
  const { part, writer, imported } = work;
  const mayBeBig = request.flag("allow-big-block") === true;
  const limit = mayBeBig ? blockBytesMax.big : blockBytesMax.usual;
  const allocate = (sizeBytes: number): Uint8Array | undefined => writer.allocate?.(sizeBytes);
  const car = await readCar(part.body, { blockBytesMax: limit, allocate });
  for (const root of car.roots) imported.roots.set(root.toString(), root);
  let previous: CID | undefined;
  try {
    for await (const { cid, bytes } of car.blocks) {
      const room = writer.put(cid, bytes);
      if (room !== undefined) await room;
      imported.ledger.add(cid, bytes);
      imported.blocks++;
      imported.bytes += bytes.length;
      previous = cid;
      request.signal.throwIfAborted();
    }
  } catch (cause) {
    throw importError(cause, previous, mayBeBig);
  }
}

/** What Kubo says of a CAR that is broken: after which block, or at which. */
function importError(cause: unknown, previous: CID | undefined, mayBeBig: boolean): Error {
  if (cause instanceof BlockTooLargeError) {
    try {
      checkBlockSize(cause.sizeBytes, mayBeBig);
    } catch (refusal) {
      return new CommandError(`import failed: ${messageOf(refusal)}`, { cause });
    }
  }
  if (!(cause instanceof DamagedCarError)) return asError(cause);
  const place = previous === undefined ? "" : ` after block ${JSON.stringify(previous.toString())}`;
  return new CommandError(`import failed${place}: ${cause.message}`, { cause });
}

/** Whatever can be pinned from what is here is pinned; the others are told with the reason. */
async function pinRoots(
  request: KuboRequest,
  output: KuboOutput,
  { roots, ledger }: Imported,
): Promise<void> {
  const encode = request.cidEncoder();
  const { pins } = request.deps.ipfs;
  for (const cid of roots.values()) {
    const isWritten = ledger.isWhole(cid);
    const added = pins.add(cid, { isWritten, isLocalOnly: true, signal: request.signal });
    const problem = await added.then(() => "", messageOf);
    request.signal.throwIfAborted();
    const text = encode(cid);
    const value = { Root: { Cid: { "/": text }, PinErrorMsg: problem } };
    const outcome = problem === "" ? "success" : `FAILED: ${problem}`;
    await output.emit(value, () => `Pinned root\t${text}\t${outcome}\n`);
  }
}
