// Pins of random content: nobody has it, and nothing is there twice.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";

import { create as createDigest } from "multiformats/hashes/digest";

import { pinLine } from "#api";
import { CID, codec, defaultPinOptions, multihash, type Pin } from "#model";

/** A file as `ipfs-cluster-service state export` writes it. */
export async function writeStateFile(path: string, pins: number): Promise<void> {
  await writeLines(path, pins, (index) => pinLine(pinOf(`pin ${index}`)));
}

/** Random CIDs, one a line. */
export async function writeCids(path: string, count: number): Promise<void> {
  await writeLines(path, count, () => `${randomCid().toString()}\n`);
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

/** For every peer, and without a word besides its name. */
function pinOf(name: string): Pin {
  const factors = { replicationFactorMin: -1, replicationFactorMax: -1 };
  const rest = { type: "data", maxDepth: -1, reference: undefined, allocations: [] } as const;
  return { ...defaultPinOptions, ...factors, ...rest, cid: randomCid(), name, timestamp };
}

const timestamp = Date.parse("2026-01-01T00:00:00Z");

function randomCid(): CID {
  return CID.createV1(codec.raw, createDigest(multihash.sha256, randomBytes(32)));
}
