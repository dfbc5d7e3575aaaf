import { type Block, CID, codec } from "#model";
import { type BlockStore, openStore, type Store, type StoreOptions } from "#storage";

/** Opens the block log of a folder, with small limits where a test wants them. */
export function openLog(folder: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore(folder, { engine: "log", storageMaxBytes: 1e12, ...options });
}

/** Stores blocks through one writer, durably. */
export async function putAll(blocks: BlockStore, list: readonly Block[]): Promise<void> {
  await using writer = blocks.openWriter();
  for (const { cid, bytes } of list) await writer.put(cid, bytes);
  await writer.flush();
}

/** Which of the blocks are there, each compared with what it should be. */
export async function presentOf(
  blocks: BlockStore,
  list: readonly Block[],
): Promise<readonly boolean[]> {
  const found = await blocks.readBatch(list.map(({ cid }) => cid));
  return found.map((bytes, index) => {
    if (bytes === undefined) return false;
    if (Buffer.compare(bytes, list[index]?.bytes ?? new Uint8Array()) === 0) return true;
    throw new Error(`block ${index} has other bytes than it should`);
  });
}

export async function hasAll(blocks: BlockStore, list: readonly Block[]): Promise<boolean> {
  return (await presentOf(blocks, list)).every((isPresent) => isPresent);
}

/** Removes everything but these. */
export async function collectAllBut(blocks: BlockStore, list: readonly Block[]): Promise<number> {
  const live = new Set(list.map(({ cid }) => hex(cid.multihash.bytes)));
  await using collection = await blocks.beginCollection();
  const swept = collection.sweep((multihash) => live.has(hex(multihash)));
  return (await Array.fromAsync(swept)).length;
}

/** What `verify` complains about: `<cid>: <problem>`, the CID as raw CIDv1. */
export async function problemsOf(blocks: BlockStore): Promise<readonly string[]> {
  const problems: string[] = [];
  for await (const { cid, problem } of blocks.verify()) {
    if (problem !== undefined)
      problems.push(`${CID.createV1(codec.raw, cid.multihash).toString()}: ${problem}`);
  }
  return problems;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
