import { existsSync } from "node:fs";

import { pinLine } from "#api";
import { type Consensus, openLocalConsensus } from "#cluster";
import { messageOf } from "#lib";
import { encodePin, type Pin } from "#model";
import { type Keyspace, openKeyspaces } from "#storage";

import { NotInitializedError } from "../errors.ts";
import type { DataFolder } from "../folder.ts";
import { refuseGoPeer } from "../go-folder/go-lock.ts";
import { refuseGoState, rememberOwnState } from "../go-folder/go-state.ts";
import { InvalidStateFileError } from "./errors.ts";
import { readPin } from "./read-pin.ts";
import { readValues } from "./read-values.ts";

/** Pins of one batch of writes, and those of a piece of the file. */
const batchPinsMax = 5000;

export interface ImportOptions {
  /** In the place of every pin's own, when above 0. */
  readonly replicationFactorMin?: number;
  readonly replicationFactorMax?: number;
  /** Peer ids; in the place of every pin's own, when there are any. */
  readonly allocations?: readonly string[];
}

/** The pinset of a folder in which no peer runs. Nothing here grows with it. */
export interface OfflineState extends AsyncDisposable {
  /**
   * The pinset as `ipfs-cluster-service state export` writes it, a JSON document a line; pieces of whole lines.
   * @throws {GoStateError} for a folder that has no pins and a pinset of the Go program
   */
  export(): AsyncIterable<string>;
  /**
   * Puts the pins of such a file in the place of the pinset: all of them at once when it was read to its end, else none.
   * @throws {InvalidStateFileError} and what reading throws; the pinset is as before then
   */
  import(source: AsyncIterable<Uint8Array>, options?: ImportOptions): Promise<{ pins: number }>;
  /** Removes every pin. */
  clear(): Promise<void>;
}

/**
 * Opens and locks a folder's pinset.
 * @throws {NotInitializedError} {FolderFormatError}, and while a peer runs {FolderLockedError}, or {FolderInUseError} for one
 * of the Go program
 */
export async function openOfflineState(folder: DataFolder): Promise<OfflineState> {
  await refuseGoPeer(folder);
  if (!existsSync(folder.configPath)) throw new NotInitializedError(folder.path, "configuration");
  const keyspaces = await openKeyspaces(folder.path);
  return {
    export: () => exportOwn(folder, keyspaces.keyspace("pinset")),
    import: async (source, options = {}) => {
      await using next = await keyspaces.replacePinset();
      const pins = await copyPins(source, next.keyspace, options);
      await next.commit();
      // an empty file may well be a mistake: then the pinset of a Go program is still asked for
      if (pins > 0) await rememberOwnState(folder);
      return { pins };
    },
    clear: async () => {
      await using next = await keyspaces.replacePinset();
      await next.commit();
      await rememberOwnState(folder);
    },
    [Symbol.asyncDispose]: () => keyspaces[Symbol.asyncDispose](),
  };
}

/** An empty file for a pinset that a Go program still has would be taken for that pinset. */
async function* exportOwn(folder: DataFolder, pinset: Keyspace): AsyncGenerator<string> {
  let isEmpty = true;
  for await (const piece of exportPins(openLocalConsensus(pinset, ""))) {
    isEmpty = false;
    yield piece;
  }
  if (isEmpty) await refuseGoState(folder);
}

async function* exportPins(consensus: Consensus): AsyncGenerator<string> {
  for await (const pins of consensus.pages()) {
    yield pins.map(pinLine).join("");
  }
}

/** Answers how many there were; a CID that comes twice counts twice, and the last one stays. */
async function copyPins(
  source: AsyncIterable<Uint8Array>,
  to: Keyspace,
  options: ImportOptions,
): Promise<number> {
  let [pins, written] = [0, Promise.resolve()];
  let batch: (readonly [key: Uint8Array, value: Uint8Array])[] = [];
  for await (const values of readValues(source)) {
    for (const value of values) {
      pins += 1;
      batch.push(entryOf(value, { position: pins, options }));
    }
    if (batch.length < batchPinsMax) continue;
    // one batch is written while the next is read
    await written;
    written = to.batch(batch);
    written.catch(() => undefined);
    batch = [];
  }
  await written;
  await to.batch(batch);
  return pins;
}

/** @throws {InvalidStateFileError} */
function entryOf(
  value: unknown,
  { position, options }: { readonly position: number; readonly options: ImportOptions },
): readonly [key: Uint8Array, value: Uint8Array] {
  try {
    const pin = changed(readPin(value), options);
    return [pin.cid.bytes, encodePin(pin)];
  } catch (cause) {
    throw new InvalidStateFileError(position, messageOf(cause), { cause });
  }
}

function changed(pin: Pin, options: ImportOptions): Pin {
  const { replicationFactorMin = 0, replicationFactorMax = 0, allocations = [] } = options;
  return {
    ...pin,
    ...(replicationFactorMin > 0 && { replicationFactorMin }),
    ...(replicationFactorMax > 0 && { replicationFactorMax }),
    ...(allocations.length > 0 && { allocations }),
  };
}
