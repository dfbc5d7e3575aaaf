import {
  decodeUnixFsNode,
  hashNames,
  importEntries,
  type ImportEntry,
  LinkLedger,
  readCar,
  resolveImportOptions,
} from "#dag";
import type { Block, CID, SignalOptions } from "#model";

import { addSharded } from "./add-sharded.ts";
import { outputOf } from "./added-output.ts";
import { AddNotPossibleError } from "./errors.ts";
import type { IpfsConnector } from "./ports.ts";
import type { AddedOutput, Adder, AddOptions, Cluster } from "./types.ts";

export interface AdderDeps {
  readonly cluster: Pick<Cluster, "allocate" | "pin" | "pinPart" | "pinWritten">;
  readonly connector: Pick<IpfsConnector, "openWriter">;
}

interface CarFile {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Adds content through a cluster peer whose node is the only one. */
export function createAdder(deps: AdderDeps): Adder {
  return {
    addEntries: (entries, options) => addEntries(deps, entries, options),
    addCar: (car, options) => addCar(deps, car, options),
  };
}

async function* addEntries(
  deps: AdderDeps,
  entries: AsyncIterable<ImportEntry>,
  options: AddOptions & SignalOptions,
): AsyncGenerator<AddedOutput> {
  checkOptions(options);
  const importOptions = resolveImportOptions({
    chunker: options.chunker,
    hash: options.hash,
    cidVersion: options.cidVersion,
    rawLeaves: options.rawLeaves,
    trickle: options.layout === "trickle",
    wrapWithDirectory: options.wrapWithDirectory,
    progress: options.progress,
  });
  if (options.shard) {
    yield* addSharded(deps, entries, { ...options, importOptions });
    return;
  }
  const { cluster, connector } = deps;
  const allocations = await cluster.allocate(options.pin);
  let root: CID | undefined;
  await using writer = connector.openWriter();
  for await (const event of importEntries(entries, writer, importOptions)) {
    if (event.type === "node" && event.isRoot) root = event.cid;
    yield outputOf(event, { allocations, isWrapped: options.wrapWithDirectory });
  }
  await writer.flush();
  options.signal?.throwIfAborted();
  if (root !== undefined && !options.noPin) await cluster.pinWritten(root, options.pin);
}

async function* addCar(
  { cluster, connector }: AdderDeps,
  file: CarFile,
  options: AddOptions & SignalOptions,
): AsyncGenerator<AddedOutput> {
  checkOptions(options);
  if (options.wrapWithDirectory) throw new AddNotPossibleError("cannot wrap a CAR file upload");
  if (options.shard) throw new AddNotPossibleError("cannot add a CAR file in shards");
  await using writer = connector.openWriter();
  const allocate = (sizeBytes: number): Uint8Array | undefined => writer.allocate?.(sizeBytes);
  const car = await readCar(file.bytes, { allocate });
  const [root, ...others] = car.roots;
  if (root === undefined || others.length > 0) {
    throw new AddNotPossibleError("only CAR files with a single root are supported");
  }
  const allocations = await cluster.allocate(options.pin);
  let [bytes, size] = [0, 0];
  const ledger = new LinkLedger();
  for await (const block of car.blocks) {
    bytes += block.bytes.length;
    ledger.add(block.cid, block.bytes);
    if (block.cid.equals(root)) size = fileSizeOf(block);
    const room = writer.put(block.cid, block.bytes);
    if (room !== undefined) await room;
  }
  yield { type: "added", name: file.name, cid: root, bytes, size, allocations };
  await writer.flush();
  options.signal?.throwIfAborted();
  if (options.noPin) return;
  if (ledger.isWhole(root)) await cluster.pinWritten(root, options.pin);
  else await cluster.pin(root, options.pin);
}

function checkOptions(options: AddOptions): void {
  if (!hashNames.includes(options.hash.toLowerCase())) {
    throw new AddNotPossibleError("hash function name not known");
  }
  const { cidVersion = 0 } = options;
  if (cidVersion !== 0 && cidVersion !== 1) {
    throw new AddNotPossibleError(`bad CID Version: unknown CID version: ${cidVersion}`);
  }
}

/** The length of the file when a CAR's root is one, else 0. */
function fileSizeOf(block: Block): number {
  try {
    const node = decodeUnixFsNode(block.cid, block.bytes);
    return node.type === "file" ? node.sizeBytes : 0;
  } catch {
    return 0; // a CAR holds any DAG
  }
}
