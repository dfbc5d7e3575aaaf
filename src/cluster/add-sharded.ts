import { importEntries, type ImportEntry, type ImportEvent, type ImportOptions } from "#dag";
import type { Block, PinOptions, SignalOptions } from "#model";

import { outputOf } from "./added-output.ts";
import type { AdderDeps } from "./adder.ts";
import { AddNotPossibleError } from "./errors.ts";
import { directoryBlock } from "./shard-nodes.ts";
import { type Shard, ShardedSink } from "./sharded-sink.ts";
import type { AddedOutput, AddOptions } from "./types.ts";

/** IPFS Cluster means this as its default, and loses it on the way. */
const defaultShardBytes = 100 * 1024 * 1024;

/**
 * Adds content in shards (cluster 6.7): each has a pin of its own, then one pin is on the list of them all, and one, of
 * type meta, stands for the content.
 */
export async function* addSharded(
  { cluster, connector }: AdderDeps,
  entries: AsyncIterable<ImportEntry>,
  options: AddOptions & SignalOptions & { readonly importOptions: ImportOptions },
): AsyncGenerator<AddedOutput> {
  const pin = { ...options.pin, shardSize: options.pin.shardSize || defaultShardBytes };
  const allocations = await cluster.allocate(pin);
  const done: AddedOutput[] = [];
  await using writer = connector.openWriter();
  const sink = new ShardedSink(writer, {
    limitBytes: pin.shardSize,
    onShard: async (shard) => {
      options.signal?.throwIfAborted();
      await cluster.pinPart(shard.cid, shardPin(shard, pin));
      const { cid, sizeBytes: size } = shard;
      done.push({ type: "added", name: `shard-${shard.index}`, cid, bytes: 0, size, allocations });
    },
  });
  let root: Extract<ImportEvent, { type: "node" }> | undefined;
  let isFirst = true;
  for await (const event of importEntries(entries, sink, options.importOptions)) {
    if (event.type === "node") {
      if (isFirst) await putBlock(sink, directoryBlock(options.importOptions));
      isFirst = false;
      if (event.isRoot) root = event;
    }
    yield* done.splice(0);
    yield outputOf(event, { allocations, isWrapped: options.wrapWithDirectory });
  }
  if (root === undefined) throw new AddNotPossibleError("cannot flush a nil shard");
  if (!root.isDirectory) await putBlock(sink, directoryBlock(options.importOptions, root));
  const list = await sink.finish();
  yield* done.splice(0);
  const name = `${pin.name}-clusterDAG`;
  yield { type: "added", name, cid: list, bytes: 0, size: sink.totalBytes, allocations: [] };
  options.signal?.throwIfAborted();
  const everywhere = { replicationFactorMin: -1, replicationFactorMax: -1 };
  await cluster.pinPart(list, {
    options: { ...pin, ...everywhere, name },
    type: "clusterdag",
    maxDepth: 0,
    reference: root.cid,
  });
  await cluster.pinPart(root.cid, { options: pin, type: "meta", maxDepth: 0, reference: list });
}

function putBlock(sink: ShardedSink, { cid, bytes }: Block): Promise<void> {
  return sink.put(cid, bytes);
}

function shardPin(shard: Shard, pin: PinOptions): Parameters<AdderDeps["cluster"]["pinPart"]>[1] {
  return {
    options: { ...pin, name: `${pin.name}-shard-${shard.index}`, shardSize: shard.sizeBytes },
    type: "shard",
    maxDepth: shard.isDeep ? 2 : 1,
    reference: shard.previous,
  };
}
