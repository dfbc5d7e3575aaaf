import { type Clock, type Logger, messageOf } from "#lib";
import type { CID } from "#model";
import type { Host } from "#net";

import type { ExchangeBounds } from "../bounds.ts";
import type { Provider, ProviderFinder } from "../types.ts";

export interface ProviderSearchDeps {
  readonly host: Pick<Host, "id" | "connect" | "addAddresses" | "isConnected">;
  readonly providers: ProviderFinder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: ExchangeBounds;
  /** It will connect, and should be asked at once. */
  onProvider(peer: string): void;
  /** A provider that can be asked by HTTP; false when it cannot after all. */
  onGateway(provider: Provider): boolean;
  /** Nobody had it: the configured gateways are worth a try. */
  onSearch(): void;
}

/** Searches of one session: who has it is looked up and connected to, at first soon, then less and less often. */
export class ProviderSearch {
  readonly #deps: ProviderSearchDeps;
  readonly #root: CID | undefined;
  readonly #hints: readonly string[];
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #tried = new Set<string>();
  /** Connected through a relay that limits what goes through it: not to be asked for blocks. */
  readonly #limited = new Set<string>();
  #waitMs: number;
  #nextAt = 0;
  #searches = 0;
  #isRunning = false;
  #waiting: (() => void)[] = [];
  dialing = 0;
  found = 0;

  constructor(
    deps: ProviderSearchDeps,
    options: { readonly root?: CID | undefined; readonly hints?: readonly string[] | undefined },
  ) {
    this.#deps = deps;
    this.#root = options.root;
    this.#hints = (options.hints ?? []).filter((hint) => this.#namesPeer(hint));
    this.#waitMs = deps.bounds.searchDelayMs;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Providers that are connected through a limited relay alone. */
  get limited(): number {
    return [...this.#limited].filter((peer) => this.#deps.host.isConnected(peer)).length;
  }

  /** Connects to the hints. Every search does so again with those that are not there. */
  followHints(hints: readonly string[] = this.#hints): void {
    for (const hint of hints) this.#run(this.#connect(peerOf(hint), hint));
  }

  /** Whether it is time to look for somebody, when nothing has come for so long. */
  isDue(now: number, idleMs: number): boolean {
    if (this.#isRunning || this.#abort.signal.aborted) return false;
    return now >= this.#nextAt && idleMs >= this.#deps.bounds.searchDelayMs;
  }

  /** Blocks come again: the next silence is answered soon. */
  onBlock(): void {
    this.#waitMs = this.#deps.bounds.searchDelayMs;
  }

  start(cid: CID): void {
    const { clock, bounds } = this.#deps;
    this.#nextAt = clock.now() + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, bounds.searchDelayMaxMs);
    this.#searches += 1;
    this.#tried.clear();
    for (const peer of this.#limited) {
      if (!this.#deps.host.isConnected(peer)) this.#limited.delete(peer);
    }
    this.found = 0;
    this.#deps.onSearch();
    this.followHints(this.#hints.filter((hint) => !this.#deps.host.isConnected(peerOf(hint))));
    // those who have the root have the rest as a rule
    const isForRoot = this.#root !== undefined && this.#searches % 2 === 1;
    this.#run(this.#search(isForRoot ? (this.#root ?? cid) : cid));
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the session was closed"));
    for (const wake of this.#waiting) wake();
    await Promise.all(this.#running);
  }

  /** Hints come from users: one that does not end in a peer leads nowhere. */
  #namesPeer(hint: string): boolean {
    try {
      this.#deps.host.isConnected(peerOf(hint));
      return true;
    } catch (error) {
      this.#deps.logger.debug("a hint names no peer", { hint, error });
      return false;
    }
  }

  async #search(cid: CID): Promise<void> {
    this.#isRunning = true;
    const options = { signal: this.#abort.signal, max: this.#deps.bounds.providersMax };
    try {
      for await (const provider of this.#deps.providers.findProviders(cid, options)) {
        this.#onFound(provider);
        if (this.found >= options.max) break;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #onFound(provider: Provider): void {
    const { peer, addresses } = provider;
    if (peer === this.#deps.host.id || this.#tried.has(peer)) return;
    this.#tried.add(peer);
    this.found += 1;
    if (this.#deps.onGateway(provider)) return;
    this.#run(this.#connect(peer, peer, addresses));
  }

  async #connect(peer: string, target: string, addresses: readonly string[] = []): Promise<void> {
    const { host, bounds, clock } = this.#deps;
    this.#deps.onProvider(peer);
    while (this.dialing >= bounds.dialsMax && !this.#abort.signal.aborted) await this.#turn();
    if (this.#abort.signal.aborted) return;
    this.dialing += 1;
    const abort = new AbortController();
    const stop = (): void => abort.abort(new Error("it took too long"));
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    const timer = clock.sleep(bounds.dialTimeoutMs, abort.signal).then(stop, () => undefined);
    try {
      if (addresses.length > 0) await host.addAddresses(peer, addresses);
      const { isLimited } = await host.connect(target, { signal: abort.signal });
      if (isLimited) this.#limited.add(peer);
      else this.#limited.delete(peer);
    } finally {
      abort.abort(new Error("done"));
      this.#abort.signal.removeEventListener("abort", stop);
      await timer;
      this.dialing -= 1;
      this.#waiting.shift()?.();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #run(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => {
        this.#deps.logger.debug("provider not reached", { error: messageOf(error) });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

function peerOf(hint: string): string {
  return hint.slice(hint.lastIndexOf("/") + 1);
}
