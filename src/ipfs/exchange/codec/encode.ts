import type { CID } from "#model";

import type { Dialect, Draft, Presence, WantEntry } from "./message.ts";
import { varintSize, WireWriter } from "./wire.ts";

/**
 * Writes a message for a peer that speaks `dialect`. The parts make up the message when joined: blocks are handed on as
 * they are, everything else is in small buffers between them. What the dialect has no words for is left out.
 */
export function encodeMessage(draft: Draft, dialect: Dialect): readonly Uint8Array[] {
  const { wants = [], blocks = [] } = draft;
  const presences = dialect === "1.2" ? (draft.presences ?? []) : [];
  const pendingBytes = dialect === "1.2" ? Math.min(draft.pendingBytes ?? 0, 0x7fffffff) : 0;
  const isFull = draft.isFull === true;
  const hasWantlist = wants.length > 0 || isFull;
  const head = new WireWriter(
    (hasWantlist ? wantlistFieldSize(wants, isFull) : 0) +
      presences.reduce((sum, one) => sum + lengthed(presenceSize(one)), 0) +
      (pendingBytes > 0 ? 1 + varintSize(pendingBytes) : 0),
  );
  if (hasWantlist) writeWantlist(head, wants, isFull);
  for (const presence of presences) writePresence(head, presence);
  if (pendingBytes > 0) {
    head.varint(tags.pendingBytes);
    head.varint(pendingBytes);
  }
  const parts = head.at === 0 ? [] : [head.bytes];
  for (const { cid, bytes } of blocks) {
    parts.push(dialect === "1.0" ? bareHead(bytes) : blockHead(cid, bytes), bytes);
  }
  return parts;
}

/** About how many bytes a want takes in a message. */
export function wantSize(entry: WantEntry): number {
  return lengthed(entrySize(entry));
}

const tags = {
  wantlist: 0x0a,
  bareBlock: 0x12,
  block: 0x1a,
  presence: 0x22,
  pendingBytes: 0x28,
  first: 0x0a,
  second: 0x12,
  secondNumber: 0x10,
  thirdNumber: 0x18,
  fourthNumber: 0x20,
  fifthNumber: 0x28,
} as const;

/** With its tag, of one byte, and its length. */
function lengthed(size: number): number {
  return 1 + varintSize(size) + size;
}

function entrySize({ cid, priority, isCancel, type, sendDontHave }: WantEntry): number {
  const numbers = (isCancel ? 2 : 0) + (type === "have" ? 2 : 0) + (sendDontHave ? 2 : 0);
  return lengthed(cid.length) + (priority > 0 ? 1 + varintSize(priority) : 0) + numbers;
}

function wantlistSize(wants: readonly WantEntry[], isFull: boolean): number {
  return wants.reduce((sum, entry) => sum + wantSize(entry), isFull ? 2 : 0);
}

function wantlistFieldSize(wants: readonly WantEntry[], isFull: boolean): number {
  return lengthed(wantlistSize(wants, isFull));
}

function writeWantlist(out: WireWriter, wants: readonly WantEntry[], isFull: boolean): void {
  out.varint(tags.wantlist);
  out.varint(wantlistSize(wants, isFull));
  for (const entry of wants) writeEntry(out, entry);
  if (isFull) writeOne(out, tags.secondNumber);
}

function writeEntry(out: WireWriter, entry: WantEntry): void {
  out.varint(tags.first);
  out.varint(entrySize(entry));
  writeField(out, tags.first, entry.cid);
  if (entry.priority > 0) {
    out.varint(tags.secondNumber);
    out.varint(entry.priority);
  }
  if (entry.isCancel) writeOne(out, tags.thirdNumber);
  if (entry.type === "have") writeOne(out, tags.fourthNumber);
  if (entry.sendDontHave) writeOne(out, tags.fifthNumber);
}

function presenceSize({ cid, has }: Presence): number {
  return lengthed(cid.length) + (has ? 0 : 2);
}

function writePresence(out: WireWriter, presence: Presence): void {
  out.varint(tags.presence);
  out.varint(presenceSize(presence));
  writeField(out, tags.first, presence.cid);
  if (!presence.has) writeOne(out, tags.secondNumber);
}

function writeField(out: WireWriter, tag: number, bytes: Uint8Array): void {
  out.varint(tag);
  out.varint(bytes.length);
  out.raw(bytes);
}

function writeOne(out: WireWriter, tag: number): void {
  out.varint(tag);
  out.varint(1);
}

function bareHead(bytes: Uint8Array): Uint8Array {
  const out = new WireWriter(1 + varintSize(bytes.length));
  out.varint(tags.bareBlock);
  out.varint(bytes.length);
  return out.bytes;
}

/** What comes before a block's bytes; data is the last field of the block, so nothing comes behind them. */
function blockHead(cid: CID, bytes: Uint8Array): Uint8Array {
  const { code, size } = cid.multihash;
  const prefix = [cid.version, cid.code, code, size];
  const prefixSize = prefix.reduce((sum, number) => sum + varintSize(number), 0);
  const bodySize = lengthed(prefixSize) + lengthed(bytes.length);
  const out = new WireWriter(1 + varintSize(bodySize) + bodySize - bytes.length);
  out.varint(tags.block);
  out.varint(bodySize);
  out.varint(tags.first);
  out.varint(prefixSize);
  for (const number of prefix) out.varint(number);
  out.varint(tags.second);
  out.varint(bytes.length);
  return out.bytes;
}
