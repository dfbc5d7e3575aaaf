import type { CID, GlobalPinInfo, Pin, PinInfo } from "#model";

import { cidOf } from "./operations.ts";
import type { Consensus } from "./ports.ts";
import { withProgress } from "./progress.ts";
import {
  asksForOperationsOnly,
  globalInfo,
  isOfOperations,
  matches,
  operationInfo,
  pinInfoOf,
  pinInfosOf,
  type Speaker,
  type StatusDeps,
  unpinBits,
} from "./status.ts";
import type { Cluster, LocalOptions } from "./types.ts";

type ListOptions = NonNullable<Parameters<Cluster["statusPages"]>[0]>;

export interface StatusReaderDeps extends StatusDeps {
  readonly consensus: Consensus;
  readonly identity: { readonly id: string; readonly peername: string };
}

/** Tells how pins stand. Lists are streamed: nothing grows with the pinset. */
export class StatusReader {
  readonly #deps: StatusReaderDeps;

  constructor(deps: StatusReaderDeps) {
    this.#deps = deps;
  }

  async status(cid: CID, options: LocalOptions = {}): Promise<GlobalPinInfo> {
    const pin = await this.#deps.consensus.get(cid);
    const of = { cid, pin, speaker: await this.#speaker() };
    const info = await pinInfoOf(this.#deps, of);
    return globalInfo(of, [this.#told(cid, info, options)], this.#at(options));
  }

  async *statusOf(cids: readonly CID[], options: LocalOptions = {}): AsyncGenerator<GlobalPinInfo> {
    for (const cid of cids) {
      options.signal?.throwIfAborted();
      yield await this.status(cid, options);
    }
  }

  async *statusAll(options: ListOptions = {}): AsyncGenerator<GlobalPinInfo> {
    for await (const page of this.pages(options)) yield* page;
  }

  async *pages(options: ListOptions = {}): AsyncGenerator<readonly GlobalPinInfo[]> {
    const { filter = 0, signal, where } = options;
    if (asksForOperationsOnly(filter, this.#deps.tracker)) {
      yield* this.#operationPages(filter, options);
      return;
    }
    const unpins = filter & unpinBits;
    if (unpins !== 0 && isOfOperations(filter)) yield* this.#operationPages(unpins, options);
    const speaker = await this.#speaker();
    const at = this.#at(options);
    for await (const all of this.#deps.consensus.pages()) {
      signal?.throwIfAborted();
      const pins = where === undefined ? all : all.filter(where);
      if (pins.length === 0) continue;
      const infos = await pinInfosOf(this.#deps, pins, speaker);
      const page = pins.flatMap((pin, index) => {
        const info = infos[index];
        if (info === undefined || !matches(filter, info)) return [];
        return [globalInfo({ cid: pin.cid, pin }, [this.#told(pin.cid, info, options)], at)];
      });
      if (page.length > 0) yield page;
    }
  }

  /** Who this peer and its node are. */
  async #speaker(): Promise<Speaker> {
    const { identity, connector } = this.#deps;
    const ipfsPeerId = await connector.id().then(
      ({ id }) => id,
      () => connector.lastId?.() ?? "",
    );
    return { peer: identity.id, peername: identity.peername, ipfsPeerId };
  }

  async *#operationPages(
    filter: number,
    options: ListOptions,
  ): AsyncGenerator<readonly GlobalPinInfo[]> {
    const speaker = await this.#speaker();
    const at = this.#at(options);
    for (const operation of this.#deps.tracker.operations()) {
      options.signal?.throwIfAborted();
      const info = operationInfo(operation, speaker);
      if (!matches(filter, info)) continue;
      const cid = cidOf(operation.key);
      const pin: Pin | undefined = await this.#deps.consensus.get(cid);
      if (pin !== undefined && options.where?.(pin) === false) continue;
      yield [globalInfo({ cid, pin }, [this.#told(cid, info, options)], at)];
    }
  }

  /** With how far it is, when that was asked for. */
  #told(cid: CID, info: PinInfo, options: LocalOptions): PinInfo {
    return options.withProgress === true ? withProgress(this.#deps.connector, cid, info) : info;
  }

  #at(options: LocalOptions): { readonly isLocal: boolean; readonly now: number } {
    return { isLocal: options.isLocal === true, now: this.#deps.clock.now() };
  }
}
