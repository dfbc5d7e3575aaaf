import { type Clock, type Logger, messageOf } from "#lib";

/** As Kubo: with fewer peers than this, dial some of the list, every half minute. */
const peersWanted = 4;
const periodMs = 30_000;

export interface BootstrapDeps {
  connect(address: string, signal: AbortSignal): Promise<unknown>;
  /** Peers with a connection. */
  connectedPeers(): number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Dials the addresses at the start, and again while there are few peers. Nothing it meets stops anything. */
export function startBootstrap(deps: BootstrapDeps, addresses: readonly string[]): Disposable {
  const stopped = new AbortController();
  if (addresses.length > 0)
    void run(deps, addresses, stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) deps.log.error("no longer looking for peers", { error });
    });
  return { [Symbol.dispose]: () => stopped.abort(new Error("the host is closing")) };
}

async function run(
  deps: BootstrapDeps,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const missing = peersWanted - deps.connectedPeers();
    if (missing > 0) {
      await dialAll(deps, choose(addresses, missing, deps.random), signal);
      if (deps.connectedPeers() === 0 && !signal.aborted)
        deps.log.warn("no bootstrap peer is reachable, trying again", { afterMs: periodMs });
    }
    await deps.clock.sleep(periodMs, signal);
  }
}

async function dialAll(
  deps: BootstrapDeps,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const dial = (address: string): Promise<unknown> =>
    deps.connect(address, signal).catch((error: unknown) =>
      deps.log.debug("a bootstrap peer is not reachable", {
        address,
        problem: messageOf(error),
      }),
    );
  await Promise.all(addresses.map(dial));
}

function choose(addresses: readonly string[], count: number, random: () => number): string[] {
  return addresses
    .map((address) => ({ address, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ address }) => address);
}
