import type { Ipfs } from "#ipfs";
import { type Clock, guardMemory } from "#lib";

/**
 * Beyond this the engine is asked to collect while blocks come or go: left alone it lets several hundred megabytes of
 * garbage grow on a machine with much memory.
 */
const limitBytes = 128 * 1024 * 1024;
const stepBytes = 24 * 1024 * 1024;
const intervalMs = 25;
/** After a block has come or gone, for so many looks. */
const busyLooks = 8;

/** Keeps the process small while it exchanges blocks with other nodes; costs nothing while it does not. */
export function guardNetworkMemory(ipfs: Ipfs, clock: Clock): AsyncDisposable {
  let moved = 0;
  let looks = 0;
  const heldBytes = (): number => {
    const now = ipfs.networkNow?.exchange.movedBytes() ?? 0;
    looks = now === moved ? looks - 1 : busyLooks;
    moved = now;
    return looks > 0 ? process.memoryUsage.rss() : 0;
  };
  return guardMemory(
    { clock, heldBytes, collect: () => Bun.gc(true) },
    { limitBytes, stepBytes, intervalMs },
  );
}
