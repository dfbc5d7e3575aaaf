import * as dagCbor from "@ipld/dag-cbor";

import { messageOf } from "#lib";
import { CID } from "#model";

import type { ByteReader } from "./byte-reader.ts";
import { DamagedCarError } from "./errors.ts";

/** As go-car. */
const headerBytesMax = 32 * 1024 * 1024;
/** Characteristics, data offset, data size, index offset. */
const version2HeaderBytes = 40;

export interface CarHeader {
  readonly version: 1 | 2;
  readonly roots: readonly CID[];
}

/**
 * Reads the header and leaves the reader at the first section. For CARv2 the reader is made to end where the data do.
 * @throws {DamagedCarError}
 */
export async function readCarHeader(reader: ByteReader): Promise<CarHeader> {
  if (!(await reader.fill())) throw new DamagedCarError("EOF", { offset: 0 });
  const header = await readHeaderMap(reader);
  if (header.version === 1) return { version: 1, roots: header.roots };
  if (header.version !== 2) throw unknownVersion(header.version);
  await enterVersion2(reader);
  const inner = await readHeaderMap(reader);
  if (inner.version !== 1) throw unknownVersion(inner.version);
  return { version: 2, roots: inner.roots };
}

interface HeaderMap {
  readonly version: number;
  readonly roots: readonly CID[];
}

async function readHeaderMap(reader: ByteReader): Promise<HeaderMap> {
  const { offset } = reader;
  try {
    const length = await reader.varint();
    if (length > headerBytesMax) throw new Error("longer than 32 MiB");
    return parseHeaderMap(dagCbor.decode(await reader.read(length)));
  } catch (cause) {
    if (cause instanceof DamagedCarError) throw cause;
    throw new DamagedCarError(`invalid header: ${messageOf(cause)}`, { offset });
  }
}

function parseHeaderMap(value: unknown): HeaderMap {
  if (typeof value !== "object" || value === null || !("version" in value)) {
    throw new Error("no version");
  }
  const { version } = value;
  const roots: unknown = "roots" in value ? value.roots : [];
  if (typeof version !== "number") throw new Error("the version is no number");
  if (!Array.isArray(roots)) throw new Error("roots are no list");
  return { version, roots: roots.map(asRoot) };
}

function asRoot(value: unknown): CID {
  const cid = CID.asCID(value);
  if (cid === null) throw new Error("a root is no CID");
  return cid;
}

async function enterVersion2(reader: ByteReader): Promise<void> {
  const { offset } = reader;
  const bytes = await reader.read(version2HeaderBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataOffset = Number(view.getBigUint64(16, true));
  const dataSize = Number(view.getBigUint64(24, true));
  if (dataOffset < reader.offset || !Number.isSafeInteger(dataOffset)) {
    throw new DamagedCarError(`invalid data payload offset: ${dataOffset}`, { offset });
  }
  if (dataSize < 1 || !Number.isSafeInteger(dataSize)) {
    throw new DamagedCarError(`invalid data payload size: ${dataSize}`, { offset });
  }
  await reader.skip(dataOffset - reader.offset);
  reader.endAt(dataOffset + dataSize);
}

function unknownVersion(version: number): DamagedCarError {
  return new DamagedCarError(`invalid car version: ${version}`, { offset: 0 });
}
