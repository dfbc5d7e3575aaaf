import type { Ipfs } from "#ipfs";
import { type Clock, guardMemory, type MemoryGuardOptions } from "#lib";
import type { ResourceProfile } from "#net";

const mib = 1024 * 1024;

/**
 * When the engine is asked to collect while blocks come or go: left alone it lets several hundred megabytes of garbage grow
 * on a machine with much memory. Small steps cost time: a fetch at full speed takes a fifth longer with those of `default`,
 * and two fifths with those of `pi`.
 */
const limits: Readonly<Record<ResourceProfile, MemoryGuardOptions>> = {
  pi: { limitBytes: 100 * mib, stepBytes: 6 * mib, intervalMs: 25 },
  // a look takes milliseconds while much memory is in motion
  default: { limitBytes: 192 * mib, stepBytes: 64 * mib, intervalMs: 100 },
  server: { limitBytes: 1024 * mib, stepBytes: 256 * mib, intervalMs: 1000 },
};
/** After a block has come or gone, for so many looks. */
const busyLooks = 4;

/** Keeps the process small while it exchanges blocks with other nodes; costs nothing while it does not. */
export function guardNetworkMemory(
  ipfs: Ipfs,
  clock: Clock,
  profile: ResourceProfile,
): AsyncDisposable {
  let moved = 0;
  let looks = 0;
  const heldBytes = (): number => {
    const now = ipfs.networkNow?.exchange.movedBytes() ?? 0;
    looks = now === moved ? looks - 1 : busyLooks;
    moved = now;
    return looks > 0 ? process.memoryUsage.rss() : 0;
  };
  return guardMemory({ clock, heldBytes, collect: () => Bun.gc(true) }, limits[profile]);
}
