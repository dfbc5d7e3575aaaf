// A node in a process of its own, so that it can be killed and its memory measured. Tells what happens in lines of JSON.
//   serve LEAVES LEAF_BYTES            has a made DAG
//   fetch FOLDER ROOT ADDRESS...       pins the root, from those peers

import { readFileSync } from "node:fs";

import { openIpfs } from "#ipfs";
import { guardMemory, silentLogger, systemClock } from "#lib";
import { type CID, parseCid } from "#model";
import { openStore } from "#storage";
import { MadeDag } from "#test/made-dag";
import { openTestHost } from "#test/net-host";
import { testIdentity } from "#test/node-stack";

import { openExchange } from "../../src/ipfs/exchange/open-exchange.ts";

const mebibyte = 1024 * 1024;
/** As the profile `pi` has it. */
const small = {
  cacheSizeBytes: 8 * mebibyte,
  hotBlocksBytes: 2 * mebibyte,
  writeWindowBytes: 8 * mebibyte,
};

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(leaves: number, leafBytes: number): Promise<void> {
  const dag = new MadeDag({ leaves, leafBytes });
  const host = await openTestHost();
  const read = async (cid: CID): Promise<Uint8Array | undefined> => dag.get(cid);
  const blocks = {
    read,
    sizeOf: async (cid: CID) => dag.sizeOf(cid),
    readBatch: (cids: readonly CID[]) => Promise.all(cids.map(read)),
  };
  const providers = {
    async *findProviders() {
      // there is no routing
    },
  };
  await openExchange({ host, blocks, providers, clock: systemClock, logger: silentLogger });
  tell({ address: host.addresses()[0], root: dag.root.toString(), blocks: dag.blocks });
}

async function fetchFrom(folder: string, root: CID, origins: readonly string[]): Promise<void> {
  const store = await openStore(folder, { engine: "log", storageMaxBytes: 1e12, ...small });
  const deps = { store, identity: testIdentity, openHost: () => openTestHost({ listen: [] }) };
  const options = { isOffline: false, storageMaxBytes: 1e12, repoPath: folder };
  const ipfs = openIpfs(deps, options);
  const { blocks: found } = await store.blocks.stat();
  tell({ found });
  const timer = setInterval(() => {
    const progress = ipfs.pins.progress(root);
    tell({ here: progress?.totalBlocks ?? 0, waiting: progress?.waiting, memory: memory() });
  }, 100);
  const startedAt = performance.now();
  await ipfs.pins.add(root, { origins });
  const tookMs = performance.now() - startedAt;
  clearInterval(timer);
  const { exchange } = await ipfs.network();
  const { blocksReceived, dupBlocksReceived } = exchange.stat();
  const { blocks } = await store.blocks.stat();
  tell({
    isDone: true,
    tookMs,
    blocks,
    received: blocksReceived,
    twice: dupBlocksReceived,
    memory: memory(),
  });
  await ipfs[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}

/** The most this process has held, in bytes. */
function memory(): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kib ?? 0) * 1024;
}

const [role, first = "", second = "", ...rest] = process.argv.slice(2);
const guard = {
  clock: systemClock,
  heldBytes: () => process.memoryUsage.rss(),
  collect: () => Bun.gc(true),
};
if (role === "serve") await serve(Number(first), Number(second));
else {
  guardMemory(guard, { limitBytes: 100 * mebibyte, stepBytes: 6 * mebibyte, intervalMs: 25 });
  await fetchFrom(first, parseCid(second), rest);
  process.exit(0);
}
