import { CidSet, linksOf } from "#dag";
import { asError, createTurn, linkAborts } from "#lib";
import { BlockNotFoundError, type CID, codec, type SignalOptions } from "#model";

import type { FetchSession } from "../exchange/types.ts";
import { CidStack } from "./cid-stack.ts";
import { LentWriter } from "./lent-writer.ts";
import { LocalLook, type Look } from "./local-look.ts";
import { MeanSize } from "./mean-size.ts";
import type { FetchDeps, PinProgress } from "./types.ts";

export interface DagFetchOptions extends SignalOptions {
  readonly root: CID;
  /** All that is below the root too. */
  readonly isDeep: boolean;
  readonly mayFetch: boolean;
  readonly hints: readonly string[];
  /** All that is known to be here so far. */
  readonly onProgress?: ((blocks: number, bytes: number) => void) | undefined;
}

/**
 * Makes sure that a DAG is here: walks it depth first, reads what is here in batches, and fetches what is not, with many
 * wants on their way at once; what arrives is followed in its turn. Begun again after a crash it fetches only what is
 * missing. Memory: a `CidSet` of the blocks met (of raw leaves at most `leavesRemembered`), the links still to follow,
 * and the window.
 */
export class DagFetch implements AsyncDisposable {
  readonly #deps: FetchDeps;
  readonly #options: DagFetchOptions;
  readonly #writer: LentWriter;
  readonly #local: LocalLook;
  readonly #stop;
  readonly #met = new CidSet();
  #leavesMet = 0;
  readonly #open = new CidStack();
  readonly #meanSize = new MeanSize();
  readonly #fetches = new Set<Promise<void>>();
  #session: FetchSession | undefined;
  #closing: PromiseLike<void> | undefined;
  #change = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #blocks = 0;
  #bytes = 0;

  constructor(deps: FetchDeps, options: DagFetchOptions) {
    const { blocks, bounds } = deps;
    this.#deps = deps;
    this.#options = options;
    this.#writer = new LentWriter(() => blocks.openWriter(), bounds.leaseBytes);
    this.#local = new LocalLook({ ...deps, keeper: this.#writer });
    this.#stop = linkAborts(options.signal);
    this.#stop.signal.addEventListener("abort", () => this.#breakOff(), { once: true });
  }

  /** Undefined while nothing had to be fetched. */
  progress(): PinProgress | undefined {
    const totals = { totalBlocks: this.#blocks, totalBytes: this.#bytes };
    return this.#session && { ...this.#session.progress(), ...totals };
  }

  /**
   * Resolves when all of it is here and survives a power cut. It is kept from collections by the root, which the caller
   * has entered as under way.
   * @throws {BlockNotFoundError} {UndecodableBlockError} {StorageFullError}, and the signal's reason
   */
  async run(): Promise<void> {
    const turn = createTurn();
    this.#meet(this.#options.root);
    for (;;) {
      this.#stop.signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const { room, isWorthwhile } = this.#room();
      if (this.#open.size > 0 && isWorthwhile) await this.#goOn(room);
      else if (this.#fetches.size > 0) await this.#change.promise;
      else break;
      await turn.pause();
    }
    await this.#writer.flush();
    // what was found may be another writer's, and not durable yet
    await this.#deps.blocks.flush();
  }

  /** Nothing of it runs any more afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the fetch is over"));
    this.#stop[Symbol.dispose]();
    await this.#closing;
    await Promise.all(this.#fetches);
    await this.#writer[Symbol.asyncDispose]();
  }

  /** How many more wants may be on their way, and whether that is enough for a batch. */
  #room(): { readonly room: number; readonly isWorthwhile: boolean } {
    const { pinBlocks, pinBytes } = this.#deps.bounds;
    const most = Math.min(pinBlocks, Math.max(1, Math.floor(pinBytes / this.#meanSize.bytes)));
    const room = most - this.#fetches.size;
    return { room, isWorthwhile: room > 0 && room >= most / 8 };
  }

  /** Follows the next links as far as they are here, and wants those that are not. */
  async #goOn(room: number): Promise<void> {
    const cids = this.#take(room);
    const missing: CID[] = [];
    const arrivals = this.#deps.arrivals.count;
    const looks = await this.#local.look(cids, this.#stop.signal);
    for (const [index, cid] of cids.entries()) {
      const look = looks[index];
      if (look === undefined) missing.push(cid);
      else this.#arrive(cid, look);
    }
    if (missing.length > 0) await this.#want(missing, arrivals);
    this.#options.onProgress?.(this.#blocks, this.#bytes);
  }

  #take(room: number): readonly CID[] {
    const { readBlocks, lookBlocks } = this.#deps.bounds;
    const cids: CID[] = [];
    let read = 0;
    while (cids.length < Math.min(room, lookBlocks) && read < readBlocks) {
      const cid = this.#open.pop();
      if (cid === undefined) break;
      if (cid.code !== codec.raw) read += 1;
      cids.push(cid);
    }
    return cids;
  }

  /** `arrivals`: their count when the blocks were looked for in vain. */
  async #want(missing: readonly CID[], arrivals: number): Promise<void> {
    const session = await this.#openSession(missing);
    let wanted = missing;
    for (let seen = arrivals; seen !== this.#deps.arrivals.count && wanted.length > 0;) {
      seen = this.#deps.arrivals.count;
      const looks = await this.#local.look(wanted, this.#stop.signal);
      for (const [index, cid] of wanted.entries()) {
        const look = looks[index];
        if (look !== undefined) this.#arrive(cid, look);
      }
      wanted = wanted.filter((_, index) => looks[index] === undefined);
    }
    this.#stop.signal.throwIfAborted();
    for (const cid of wanted) this.#fetch(session, cid);
  }

  async #openSession([first]: readonly CID[]): Promise<FetchSession> {
    if (this.#session !== undefined) return this.#session;
    const { exchange } = this.#deps;
    const { mayFetch, root, hints } = this.#options;
    if (!mayFetch || exchange === undefined) throw new BlockNotFoundError(String(first), true);
    const open = await exchange({ signal: this.#stop.signal });
    this.#session = open.openSession({ sink: this.#writer, root, hints });
    return this.#session;
  }

  #fetch(session: FetchSession, cid: CID): void {
    const fetched = this.#fetched(session, cid).finally(() => {
      this.#fetches.delete(fetched);
      this.#tell();
    });
    this.#fetches.add(fetched);
  }

  /** Never rejects: `run` tells of the failure. */
  async #fetched(session: FetchSession, cid: CID): Promise<void> {
    try {
      const hasLinks = this.#options.isDeep && cid.code !== codec.raw;
      const fetched = await (hasLinks ? storeLinked(session, cid) : storeLeaf(session, cid));
      this.#meanSize.add(fetched.sizeBytes);
      this.#arrive(cid, fetched);
      this.#options.onProgress?.(this.#blocks, this.#bytes);
    } catch (cause) {
      this.#failure ??= this.#writer.failure ?? asError(cause);
    }
  }

  #arrive(cid: CID, { sizeBytes, bytes, links }: NonNullable<Look> & Linked): void {
    this.#blocks += 1;
    this.#bytes += sizeBytes;
    if (!this.#options.isDeep) return;
    const below = links ?? (bytes === undefined ? [] : linksOf(cid, bytes));
    // the first link is to be followed first, so it goes on top
    for (const link of below.toReversed()) this.#meet(link);
  }

  #meet(cid: CID): void {
    if (this.#isNew(cid)) this.#open.push(cid);
  }

  #isNew(cid: CID): boolean {
    if (cid.code !== codec.raw) return this.#met.add(cid);
    if (this.#leavesMet >= this.#deps.bounds.leavesRemembered) return !this.#met.has(cid);
    const isNew = this.#met.add(cid);
    if (isNew) this.#leavesMet += 1;
    return isNew;
  }

  #breakOff(): void {
    this.#tell();
    this.#closing = this.#session?.[Symbol.asyncDispose]();
    // whoever disposes this is told
    this.#closing?.then(undefined, () => undefined);
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

interface Linked {
  /** What the block links to, when somebody has looked already. */
  readonly links?: readonly CID[];
}

async function storeLeaf(session: FetchSession, cid: CID): Promise<NonNullable<Look>> {
  return { sizeBytes: await session.store(cid), bytes: undefined };
}

/** Into memory that goes round; the links are read on the way. */
async function storeLinked(session: FetchSession, cid: CID): Promise<NonNullable<Look> & Linked> {
  let links: readonly CID[] = [];
  let problem: Error | undefined;
  const look = (bytes: Uint8Array): void => {
    try {
      links = linksOf(cid, bytes);
    } catch (cause) {
      problem = asError(cause);
    }
  };
  const sizeBytes = await session.store(cid, { look });
  if (problem !== undefined) throw problem;
  return { sizeBytes, bytes: undefined, links };
}
