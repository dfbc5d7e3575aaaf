import type { Ipfs } from "#ipfs";
import { type Clock, guardMemory } from "#lib";

/**
 * Beyond this the engine is asked to collect while blocks come or go: left alone it lets several hundred megabytes of
 * garbage grow on a machine with much memory.
 */
const limitBytes = 128 * 1024 * 1024;
const intervalMs = 100;

/** Keeps the process small while it exchanges blocks with other nodes; costs nothing while it does not. */
export function guardNetworkMemory(ipfs: Ipfs, clock: Clock): AsyncDisposable {
  let moved = 0;
  const isBusy = (): boolean => {
    const stat = ipfs.networkNow?.exchange.stat();
    const now = (stat?.dataReceived ?? 0) + (stat?.dataSent ?? 0);
    const isMore = now !== moved;
    moved = now;
    return isMore;
  };
  const heldBytes = (): number => (isBusy() ? process.memoryUsage.rss() : 0);
  return guardMemory({ clock, heldBytes, collect: () => Bun.gc(true) }, { limitBytes, intervalMs });
}
