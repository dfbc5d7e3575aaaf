import { messageOf } from "#lib";
import type { Block, CID } from "#model";

import { type Allocate, ByteReader } from "./byte-reader.ts";
import { type CarHeader, readCarHeader } from "./car-header.ts";
import { decodeSection } from "./car-section.ts";
import { BlockTooLargeError, DamagedCarError } from "./errors.ts";
import { verifyBlock } from "./hash.ts";

export interface ReadCarOptions {
  /** Content of one block. Default 4 MiB; Kubo's `dag/import` takes 2 MiB unless big blocks are allowed. */
  readonly blockBytesMax?: number | undefined;
  /** `BlockSink.allocate` of where the blocks will be put. */
  readonly allocate?: Allocate | undefined;
}

export interface Car {
  /** 1 or 2: of the file; the blocks are those of the CARv1 inside. */
  readonly version: 1 | 2;
  readonly roots: readonly CID[];
  /**
   * In the order of the file, every hash checked. To be iterated once; that also closes the input. Bytes are views of
   * the pieces that were given in, where they lie in one.
   */
  readonly blocks: AsyncIterable<Block>;
}

const blockBytesMaxDefault = 4 * 1024 * 1024;
/** More than any CID of a section may have, identity ones included. */
const cidBytesMax = 512;

/**
 * Reads a CARv1 or CARv2 (whose index is not looked at) as a stream, in pieces of any size. Messages as Kubo 0.43.
 * @throws {DamagedCarError} for the header; for a block, while `blocks` is iterated, after all blocks before it
 * @throws {BlockTooLargeError} while `blocks` is iterated
 */
export async function readCar(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadCarOptions = {},
): Promise<Car> {
  const reader = new ByteReader(bytes);
  let header: CarHeader;
  try {
    header = await readCarHeader(reader);
  } catch (cause) {
    await reader[Symbol.asyncDispose]();
    throw cause;
  }
  return { ...header, blocks: readBlocks(reader, options) };
}

// @ipld/car is the oracle of the tests, but not used here: its reader copies every section and waits several times a
// block.
async function* readBlocks(
  reader: ByteReader,
  { blockBytesMax = blockBytesMaxDefault, allocate }: ReadCarOptions,
): AsyncGenerator<Block> {
  let after: CID | undefined;
  const read = async (): Promise<Block> => {
    const length = reader.tryVarint() ?? (await reader.varint());
    checkSize(length - cidBytesMax, blockBytesMax);
    const block = decodeSection(reader.tryRead(length) ?? (await reader.read(length, allocate)));
    checkSize(block.bytes.length, blockBytesMax);
    return block;
  };
  try {
    while (!reader.isEmpty || (await reader.fill())) {
      const at = { offset: reader.offset, after };
      const block = await read().catch((cause: unknown) => fail(cause, at));
      const difference = verifyBlock(block.cid, block.bytes);
      if (difference !== undefined) failIntegrity(difference, { ...at, cid: block.cid });
      after = block.cid;
      yield block;
    }
  } finally {
    await reader[Symbol.asyncDispose]();
  }
}

interface Position {
  readonly offset: number;
  /** The last block that was whole. */
  readonly after: CID | undefined;
}

function fail(cause: unknown, at: Position): never {
  if (cause instanceof BlockTooLargeError) throw cause;
  throw new DamagedCarError(messageOf(cause), at);
}

function failIntegrity(difference: string, at: Position & { readonly cid: CID }): never {
  const reason = `mismatch in content integrity at offset ${at.offset}: ${difference}`;
  throw new DamagedCarError(reason, at);
}

function checkSize(sizeBytes: number, blockBytesMax: number): void {
  if (sizeBytes <= blockBytesMax) return;
  const message = `a block of the CAR is larger than ${blockBytesMax} bytes`;
  throw new BlockTooLargeError(sizeBytes, message);
}
