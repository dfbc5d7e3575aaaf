// Pins of random content: nobody has it, and nothing is there twice.

import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** A file as `ipfs-cluster-service state export` writes it. */
export async function writeStateFile(path: string, pins: number): Promise<void> {
  await writeLines(path, pins, (index) => `${pinLine(index, randomCid())}\n`);
}

/** Random CIDs, one a line. */
export async function writeCids(path: string, count: number): Promise<void> {
  await writeLines(path, count, () => `${randomCid()}\n`);
}

async function writeLines(
  path: string,
  count: number,
  line: (index: number) => string,
): Promise<void> {
  const out = createWriteStream(path);
  let piece = "";
  for (let index = 0; index < count; index += 1) {
    piece += line(index);
    if (piece.length < 1 << 16) continue;
    if (!out.write(piece)) await once(out, "drain");
    piece = "";
  }
  out.end(piece);
  await once(out, "close");
}

function pinLine(index: number, cid: string): string {
  return (
    `{"replication_factor_min":-1,"replication_factor_max":-1,"name":"pin ${index}","mode":"recursive",` +
    `"shard_size":0,"user_allocations":null,"expire_at":"0001-01-01T00:00:00Z","metadata":null,"pin_update":null,` +
    `"origins":[],"cid":"${cid}","type":"pin","allocations":[],"max_depth":-1,"reference":null,` +
    `"timestamp":"2026-01-01T00:00:00Z"}`
  );
}

const letters = "abcdefghijklmnopqrstuvwxyz234567";
/** Version 1, raw, sha2-256. */
const bytes = Uint8Array.of(1, 0x55, 0x12, 32, ...new Uint8Array(32));

function randomCid(): string {
  randomFillSync(bytes, 4);
  let [text, bits, count] = ["b", 0, 0];
  for (const byte of bytes) {
    bits = ((bits & 0xff) << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += letters[(bits >> (count - 5)) & 31];
  }
  return text + letters[(bits << (5 - count)) & 31];
}
