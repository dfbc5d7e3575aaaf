import { CarReader } from "@ipld/car";
import { z } from "zod";

import { decodeCid, parseCid } from "#model";

import { MemoryBlocks } from "./memory-blocks.ts";

const name = `${import.meta.dir}/../fixtures/kubo-0.44.0-dev-tree`;
const facts = z.object({
  root: z.string().transform(parseCid),
  mtime: z.string(),
  resolved: z.record(z.string(), z.string()),
  entries: z.array(
    z.object({
      path: z.string(),
      type: z.enum(["file", "directory", "symlink"]),
      mode: z.string(),
      size: z.number().optional(),
      sha256: z.string().optional(),
      target: z.string().optional(),
    }),
  ),
});

export interface KuboTree extends z.infer<typeof facts> {
  /** As `dag export` wrote it. */
  readonly car: Uint8Array;
  readonly blocks: MemoryBlocks;
}

/** A directory tree that Kubo made, with what Kubo says of it; its blocks are read by another CAR reader. */
export async function loadKuboTree(): Promise<KuboTree> {
  const car = new Uint8Array(await Bun.file(`${name}.car`).arrayBuffer());
  const blocks = new MemoryBlocks();
  for await (const { cid, bytes } of (await CarReader.fromBytes(car)).blocks()) {
    blocks.put(decodeCid(cid.bytes), bytes);
  }
  return { car, blocks, ...facts.parse(await Bun.file(`${name}.json`).json()) };
}
