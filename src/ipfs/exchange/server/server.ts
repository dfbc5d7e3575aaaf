import type { CID } from "#model";
import { multihash } from "#model";
import type { BlockStore } from "#storage";

import { type BlockKey, keyOfCid, keyOfCidBytes, readCid } from "../codec/block-key.ts";
import type { Message, WantEntry } from "../codec/message.ts";
import { ByteBudget } from "./byte-budget.ts";
import { PeerServer, type PeerServerDeps } from "./peer-server.ts";
import type { PeerWant } from "./peer-wants.ts";
import type { Reply } from "./reply-queue.ts";

export interface ServerDeps extends Omit<PeerServerDeps, "budget" | "onServed" | "blocks"> {
  readonly blocks: Pick<BlockStore, "readBatch" | "sizeOf">;
  /** A peer wants more than anybody may. */
  onFlood(peer: string): void;
}

/** Wants whose blocks are looked up at once. */
const lookupsMax = 256;
const presenceBytes = 44;

/** What others want of us: their want lists, and who waits for which block. */
export class Server {
  readonly #deps: ServerDeps;
  readonly #budget: ByteBudget;
  readonly #peers = new Map<string, PeerServer>();
  /** Who wants a block, whether it is here or not. */
  readonly #wanters = new Map<BlockKey, Set<PeerServer>>();
  readonly stat = { blocks: 0, bytes: 0 };

  constructor(deps: ServerDeps) {
    this.#deps = deps;
    this.#budget = new ByteBudget(deps.bounds.servingBytesMax);
  }

  /** Blocks that were read and not yet sent. */
  get bytesInMemory(): number {
    return this.#budget.used;
  }

  get peers(): readonly string[] {
    return [...this.#peers.keys()];
  }

  wantlist(peer: string): readonly CID[] {
    return [...(this.#peers.get(peer)?.wants.values() ?? [])].map(({ cid }) => cid);
  }

  /** Resolves when what is wanted was looked up; nothing more should be read from the peer before. */
  async onMessage(peer: string, message: Message): Promise<void> {
    if (message.wants.length === 0 && !message.isFull) return;
    const server = this.#peerServer(peer);
    if (message.isFull) for (const want of server.wants.values()) this.#forget(want, server);
    let fresh: PeerWant[] = [];
    for (const entry of message.wants) {
      const want = this.#take(server, entry);
      if (want !== undefined) fresh.push(want);
      if (fresh.length < lookupsMax) continue;
      await this.#lookUp(server, fresh);
      fresh = [];
    }
    if (server.refused > this.#deps.bounds.refusedWantsMax) this.#deps.onFlood(peer);
    if (fresh.length > 0) await this.#lookUp(server, fresh);
  }

  /** A block is here now, or will be in this turn: who waits for it gets it. */
  arrived(cid: CID, sizeBytes: number): void {
    if (this.#wanters.size === 0) return;
    const key = keyOfCid(cid);
    for (const server of this.#wanters.get(key) ?? []) {
      const want = server.wants.get(key);
      if (want !== undefined) this.#reply(server, want, sizeBytes);
    }
  }

  removePeer(peer: string): void {
    const server = this.#peers.get(peer);
    if (server === undefined) return;
    this.#peers.delete(peer);
    for (const want of server.wants.values()) this.#forget(want, server);
    server.close();
  }

  sweep(now: number): void {
    for (const server of this.#peers.values()) server.sweep(now);
  }

  close(): void {
    for (const peer of this.#peers.keys()) this.removePeer(peer);
  }

  #peerServer(peer: string): PeerServer {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    const server = new PeerServer(
      {
        ...this.#deps,
        budget: this.#budget,
        onServed: (want, server_) => this.#forget(want, server_),
        onSent: (to, sent) => {
          this.stat.blocks += sent.blocks;
          this.stat.bytes += sent.bytes;
          this.#deps.onSent(to, sent);
        },
      },
      peer,
    );
    this.#peers.set(peer, server);
    return server;
  }

  /** Notes a wish; undefined when nothing has to be looked up for it. */
  #take(server: PeerServer, entry: WantEntry): PeerWant | undefined {
    if (entry.isCancel) {
      const want = server.wants.get(keyOfCidBytes(entry.cid));
      if (want !== undefined) this.#forget(want, server);
      return undefined;
    }
    // a copy: the message's memory is used again
    const cid = readCid(entry.cid.slice());
    // who asks for what it has in hand already gets no answer, as from boxo
    if (cid.multihash.code === multihash.identity) return undefined;
    const { priority, type, sendDontHave } = entry;
    const key = keyOfCid(cid);
    const want: PeerWant = { key, cid, priority, type, sendDontHave, isAnswered: false };
    const added = server.wants.add(want);
    if (added === "refused") server.refused += 1;
    if (added !== "added") return undefined;
    const wanters = this.#wanters.get(want.key);
    if (wanters === undefined) this.#wanters.set(want.key, new Set([server]));
    else wanters.add(server);
    return want;
  }

  async #lookUp(server: PeerServer, wants: readonly PeerWant[]): Promise<void> {
    const sizes = await Promise.all(wants.map(({ cid }) => this.#deps.blocks.sizeOf(cid)));
    for (const [index, want] of wants.entries()) {
      if (server.wants.has(want)) this.#reply(server, want, sizes[index]);
    }
  }

  #reply(server: PeerServer, want: PeerWant, sizeBytes: number | undefined): void {
    const kind = this.#kindOf(want, sizeBytes);
    if (kind === "dontHave" ? !want.sendDontHave : want.isAnswered) return;
    want.isAnswered = kind !== "dontHave";
    const replyBytes = kind === "block" ? (sizeBytes ?? 0) + presenceBytes : presenceBytes;
    server.push({ want, kind, sizeBytes: replyBytes });
  }

  #kindOf(want: PeerWant, sizeBytes: number | undefined): Reply["kind"] {
    const { blockBytesMax, haveReplaceBytes } = this.#deps.bounds;
    if (sizeBytes === undefined || sizeBytes > blockBytesMax) return "dontHave";
    return want.type === "block" || sizeBytes <= haveReplaceBytes ? "block" : "have";
  }

  #forget(want: PeerWant, server: PeerServer): void {
    server.wants.delete(want.key);
    const wanters = this.#wanters.get(want.key);
    wanters?.delete(server);
    if (wanters?.size === 0) this.#wanters.delete(want.key);
  }
}
