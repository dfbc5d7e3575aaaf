import type { PinsetStore } from "#cluster";
import { type Clock, guardMemory, type MemoryGuardOptions } from "#lib";

const mib = 1024 * 1024;

/** A listing of a million pins makes garbage of a gigabyte, which would grow to several hundred megabytes. */
const limits: MemoryGuardOptions = {
  limitBytes: 256 * mib,
  stepBytes: 48 * mib,
  intervalMs: 100,
};

/** Keeps the process small while the pinset is read from one end to the other; costs nothing while it is not. */
export function guardPinsetMemory(
  store: PinsetStore,
  clock: Clock,
): { readonly store: PinsetStore; readonly guard: AsyncDisposable } {
  let isBusy = false;
  const heldBytes = (): number => {
    const wasBusy = isBusy;
    isBusy = false;
    return wasBusy ? process.memoryUsage.rss() : 0;
  };
  const guarded: PinsetStore = {
    get: (key) => store.get(key),
    put: (key, value) => store.put(key, value),
    delete: (key, options) => store.delete(key, options),
    pages: async function* () {
      for await (const page of store.pages()) {
        isBusy = true;
        yield page;
      }
    },
  };
  return {
    store: guarded,
    guard: guardMemory({ clock, heldBytes, collect: () => Bun.gc(true) }, limits),
  };
}
