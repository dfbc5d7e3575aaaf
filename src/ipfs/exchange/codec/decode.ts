import { BadMessageError } from "../errors.ts";
import {
  cidBytesMax,
  entriesMax,
  type Message,
  type Presence,
  type WantEntry,
  type WireBlock,
} from "./message.ts";
import { WireReader, wireType } from "./wire.ts";

/**
 * Reads a message of any bitswap version. Nothing is copied: what it gives are views of the bytes. Unknown fields are
 * skipped. @throws {BadMessageError}
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new WireReader(bytes);
  const wants: WantEntry[] = [];
  const blocks: WireBlock[] = [];
  const presences: Presence[] = [];
  let isFull = false;
  let pendingBytes = 0;
  while (reader.at < reader.end) {
    const tag = reader.varint();
    switch (tag) {
      case tags.wantlist:
        isFull = within(reader, () => readWantlist(reader, wants)) || isFull;
        break;
      case tags.bareBlock:
        blocks.push({ prefix: undefined, bytes: reader.field() });
        break;
      case tags.block:
        blocks.push(within(reader, () => readBlock(reader)));
        break;
      case tags.presence:
        presences.push(within(reader, () => readPresence(reader)));
        break;
      case tags.pendingBytes:
        pendingBytes = reader.int32();
        break;
      default:
        skipField(reader, tag);
    }
    if (blocks.length + presences.length > entriesMax) throw new BadMessageError("too many parts");
  }
  return { isFull, wants, blocks, presences, pendingBytes };
}

const bytesField = (field: number): number => (field << 3) | wireType.bytes;
const varintField = (field: number): number => (field << 3) | wireType.varint;

const tags = {
  wantlist: bytesField(1),
  bareBlock: bytesField(2),
  block: bytesField(3),
  presence: bytesField(4),
  pendingBytes: varintField(5),
} as const;

/** Reads a message within the message, to its end. */
function within<T>(reader: WireReader, read: () => T): T {
  const outer = reader.end;
  reader.end = reader.length();
  const result = read();
  reader.end = outer;
  return result;
}

function skipField(reader: WireReader, tag: number): void {
  if (tag < 8) throw new BadMessageError("field 0 is not allowed");
  reader.skip(tag % 8);
}

function readWantlist(reader: WireReader, into: WantEntry[]): boolean {
  let isFull = false;
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === bytesField(1)) into.push(within(reader, () => readEntry(reader)));
    else if (tag === varintField(2)) isFull = reader.varint() !== 0;
    else skipField(reader, tag);
    if (into.length > entriesMax) throw new BadMessageError("too many wants");
  }
  return isFull;
}

function readEntry(reader: WireReader): WantEntry {
  let cid: Uint8Array | undefined;
  let priority = 0;
  let isCancel = false;
  let type: WantEntry["type"] = "block";
  let sendDontHave = false;
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === bytesField(1)) cid = reader.field();
    else if (tag === varintField(2)) priority = reader.int32();
    else if (tag === varintField(3)) isCancel = reader.varint() !== 0;
    else if (tag === varintField(4)) type = reader.varint() === 1 ? "have" : "block";
    else if (tag === varintField(5)) sendDontHave = reader.varint() !== 0;
    else skipField(reader, tag);
  }
  return { cid: checkedCid(cid), priority, isCancel, type, sendDontHave };
}

function readBlock(reader: WireReader): WireBlock {
  let prefix: Uint8Array = new Uint8Array();
  let bytes: Uint8Array = new Uint8Array();
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === bytesField(1)) prefix = reader.field();
    else if (tag === bytesField(2)) bytes = reader.field();
    else skipField(reader, tag);
  }
  return { prefix, bytes };
}

function readPresence(reader: WireReader): Presence {
  let cid: Uint8Array | undefined;
  let has = true;
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === bytesField(1)) cid = reader.field();
    else if (tag === varintField(2)) has = reader.varint() === 0;
    else skipField(reader, tag);
  }
  return { cid: checkedCid(cid), has };
}

function checkedCid(cid: Uint8Array | undefined): Uint8Array {
  if (cid === undefined || cid.length === 0) throw new BadMessageError("missing cid");
  if (cid.length > cidBytesMax) throw new BadMessageError(`a cid of ${cid.length} bytes`);
  return cid;
}
