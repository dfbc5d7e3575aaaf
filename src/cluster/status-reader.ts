import { type CID, type GlobalPinInfo, type Pin, trackerStatusBits } from "#model";

import { NotInPinsetError } from "./errors.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { mapOrdered } from "./map-ordered.ts";
import { cidOf, keyOf } from "./operations.ts";
import type { Consensus } from "./ports.ts";
import {
  asksForOperationsOnly,
  globalInfo,
  matches,
  operationInfo,
  pinInfoOf,
  type Speaker,
  type StatusDeps,
} from "./status.ts";
import type { Cluster, LocalOptions } from "./types.ts";

/** Statuses of pins that recover may have to try again; of those under way, the ones that wait because we are offline. */
const mayBeLost =
  trackerStatusBits.pin_error | trackerStatusBits.unexpectedly_unpinned | trackerStatusBits.pinning;

/** Lookups under way at once while a list is read. */
const lookupsMax = 32;

export interface StatusReaderDeps extends StatusDeps {
  readonly consensus: Consensus;
  readonly lock: KeyedLock;
  readonly identity: { readonly id: string; readonly peername: string };
}

/** Tells how pins stand, and tries again those that do not stand well. Lists are streamed: nothing grows with the pinset. */
export class StatusReader {
  readonly #deps: StatusReaderDeps;

  constructor(deps: StatusReaderDeps) {
    this.#deps = deps;
  }

  async status(cid: CID, options: LocalOptions = {}): Promise<GlobalPinInfo> {
    const pin = await this.#deps.consensus.get(cid);
    return this.#infoOf({ cid, pin, speaker: await this.#speaker() }, options);
  }

  async *statusOf(cids: readonly CID[], options: LocalOptions = {}): AsyncGenerator<GlobalPinInfo> {
    for (const cid of cids) {
      options.signal?.throwIfAborted();
      yield await this.status(cid, options);
    }
  }

  async *statusAll(
    options: NonNullable<Parameters<Cluster["statusAll"]>[0]> = {},
  ): AsyncGenerator<GlobalPinInfo> {
    const { filter = 0, signal } = options;
    if (asksForOperationsOnly(filter)) {
      yield* this.#operationInfos(filter, options);
      return;
    }
    const speaker = await this.#speaker();
    const infoOf = (pin: Pin): Promise<GlobalPinInfo> =>
      this.#infoOf({ cid: pin.cid, pin, speaker }, options);
    for await (const info of mapOrdered(this.#deps.consensus.list(), infoOf, lookupsMax)) {
      signal?.throwIfAborted();
      if (info.peers.some((peer) => matches(filter, peer))) yield info;
    }
  }

  async recover(cid: CID, options: LocalOptions = {}): Promise<GlobalPinInfo> {
    const isTried = await this.#retry(cid);
    if (options.isLocal === true && !isTried) {
      const pin = await this.#deps.consensus.get(cid);
      if (pin === undefined) throw new NotInPinsetError(cid.toString());
    }
    return this.status(cid, options);
  }

  async *recoverAll(options: LocalOptions = {}): AsyncGenerator<GlobalPinInfo> {
    for (const operation of this.#deps.tracker.operations()) {
      const isLost = operation.kind === "unpin" && operation.phase === "failed";
      if (isLost && (await this.#retry(cidOf(operation.key)))) {
        yield await this.status(cidOf(operation.key), options);
      }
    }
    for await (const { cid } of this.statusAll({ ...options, filter: mayBeLost })) {
      await this.#deps.tracker.room();
      if (await this.#retry(cid)) yield await this.status(cid, options);
    }
  }

  /** Whether there was something to try again. */
  #retry(cid: CID): Promise<boolean> {
    return this.#deps.lock.run(keyOf(cid), async () => {
      const { tracker, consensus } = this.#deps;
      const operation = tracker.get(cid);
      if (operation?.kind === "unpin") {
        await tracker.untrack(cid);
        return true;
      }
      const pin = await consensus.get(cid);
      if (pin === undefined) return false;
      const info = await pinInfoOf(this.#deps, { cid, pin, speaker: await this.#speaker() });
      const isLost = info.status === "pin_error" || info.status === "unexpectedly_unpinned";
      if (!isLost && operation?.phase !== "offline") return false;
      await tracker.retry(pin);
      return true;
    });
  }

  async *#operationInfos(filter: number, options: LocalOptions): AsyncGenerator<GlobalPinInfo> {
    const speaker = await this.#speaker();
    for (const operation of this.#deps.tracker.operations()) {
      options.signal?.throwIfAborted();
      const info = operationInfo(operation, speaker);
      if (!matches(filter, info)) continue;
      const cid = cidOf(operation.key);
      const pin = await this.#deps.consensus.get(cid);
      yield globalInfo({ cid, pin }, [info], this.#at(options));
    }
  }

  async #infoOf(
    of: { readonly cid: CID; readonly pin: Pin | undefined; readonly speaker: Speaker },
    options: LocalOptions,
  ): Promise<GlobalPinInfo> {
    return globalInfo(of, [await pinInfoOf(this.#deps, of)], this.#at(options));
  }

  #at(options: LocalOptions): { readonly isLocal: boolean; readonly now: number } {
    return { isLocal: options.isLocal === true, now: this.#deps.clock.now() };
  }

  async #speaker(): Promise<Speaker> {
    const { identity, connector } = this.#deps;
    const ipfsPeerId = await connector.id().then(
      ({ id }) => id,
      () => "",
    );
    return { peer: identity.id, peername: identity.peername, ipfsPeerId };
  }
}
