import { type Clock, silentLogger, systemClock } from "#lib";
import type { Block, BlockSink, CID } from "#model";
import { multihash } from "#model";
import type { Host, Stream } from "#net";
import type { BlockStore } from "#storage";
import type { MemoryHost, MemoryNetwork } from "#test/memory-network";

import { decodeMessage } from "../../src/ipfs/exchange/codec/decode.ts";
import { encodeMessage } from "../../src/ipfs/exchange/codec/encode.ts";
import {
  dialectOf,
  type Draft,
  type Message,
  type WantEntry,
} from "../../src/ipfs/exchange/codec/message.ts";
import {
  type ExchangeDeps,
  type ExchangeOptions,
  openExchange,
} from "../../src/ipfs/exchange/open-exchange.ts";
import type { Exchange, Provider, ProviderFinder } from "../../src/ipfs/exchange/types.ts";

/** Blocks by multihash, as a store keeps them; a sink as well. */
export class MultihashBlocks
  implements Pick<BlockStore, "read" | "sizeOf" | "readBatch">, BlockSink
{
  readonly #blocks = new Map<string, Uint8Array>();
  /** How many CIDs each `readBatch` asked for. */
  readonly batches: number[] = [];

  get size(): number {
    return this.#blocks.size;
  }

  put(cid: CID, bytes: Uint8Array): void {
    this.#blocks.set(keyOf(cid), bytes);
  }

  delete(cid: CID): void {
    this.#blocks.delete(keyOf(cid));
  }

  peek(cid: CID): Uint8Array | undefined {
    const { code, digest } = cid.multihash;
    return code === multihash.identity ? digest : this.#blocks.get(keyOf(cid));
  }

  read(cid: CID): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.peek(cid));
  }

  sizeOf(cid: CID): Promise<number | undefined> {
    return Promise.resolve(this.peek(cid)?.length);
  }

  readBatch(cids: readonly CID[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.batches.push(cids.length);
    return Promise.resolve(cids.map((cid) => this.peek(cid)));
  }
}

/** Providers that a test tells. */
class ListedProviders implements ProviderFinder {
  readonly searches: string[] = [];
  providers: readonly Provider[] = [];

  async *findProviders(cid: CID): AsyncGenerator<Provider> {
    this.searches.push(cid.toString());
    await Promise.resolve();
    yield* this.providers;
  }
}

/** A host, a store and an exchange over them. */
export interface ExchangeNode<H extends Host = Host> extends AsyncDisposable {
  readonly host: H;
  readonly blocks: MultihashBlocks;
  readonly providers: ListedProviders;
  readonly exchange: Exchange;
}

export async function openNode<H extends Host>(
  host: H,
  options: ExchangeOptions & {
    readonly has?: readonly Block[];
    readonly clock?: Clock;
    readonly fetch?: ExchangeDeps["fetch"];
    readonly logger?: ExchangeDeps["logger"];
  } = {},
): Promise<ExchangeNode<H>> {
  const { has = [], clock = systemClock, fetch, logger = silentLogger } = options;
  const blocks = new MultihashBlocks();
  for (const { cid, bytes } of has) blocks.put(cid, bytes);
  const providers = new ListedProviders();
  const deps: ExchangeDeps = { host, blocks, providers, clock, logger, fetch };
  const exchange = await openExchange(deps, options);
  return {
    host,
    blocks,
    providers,
    exchange,
    [Symbol.asyncDispose]: async () => {
      await exchange[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** What a scripted peer does with each message: answers, or not. */
export type Script = (message: Message, peer: ScriptedPeer, from: string) => void | Promise<void>;

/** A peer on a memory network that does what a test says, byte for byte. Sends each message on a new stream, as Kubo does. */
export class ScriptedPeer implements AsyncDisposable {
  readonly host: MemoryHost;
  readonly received: Message[] = [];
  readonly #protocol: string;
  readonly #script: Script;

  private constructor(host: MemoryHost, protocol: string, script: Script) {
    this.host = host;
    this.#protocol = protocol;
    this.#script = script;
  }

  static async open(
    network: MemoryNetwork,
    script: Script = () => undefined,
    protocol = "/ipfs/bitswap/1.2.0",
  ): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(network.openHost(), protocol, script);
    await peer.host.handle([protocol], (stream) => peer.#receive(stream));
    return peer;
  }

  get id(): string {
    return this.host.id;
  }

  /** Every entry that came, in order. */
  get entries(): readonly WantEntry[] {
    return this.received.flatMap(({ wants }) => wants);
  }

  async send(to: string, draft: Draft): Promise<void> {
    await this.sendRaw(to, encodeMessage(draft, dialectOf(this.#protocol)));
  }

  async sendRaw(to: string, parts: readonly Uint8Array[]): Promise<void> {
    const stream = await this.host.openStream(to, [this.#protocol]);
    await stream.sendMessage(parts);
    await stream.closeWrite();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.host[Symbol.asyncDispose]();
  }

  async #receive(stream: Stream): Promise<void> {
    for await (const bytes of stream.messages({ bytesMax: 8 * 1024 * 1024 })) {
      const message = decodeMessage(bytes);
      this.received.push(message);
      await this.#script(message, this, stream.peer);
    }
    await stream.close();
  }
}

/** A script that answers as Kubo does, for the blocks of a store. */
export function serving(blocks: MultihashBlocks, byCid: readonly Block[]): Script {
  const all = new Map(byCid.map((block) => [hex(block.cid.bytes), block]));
  return async (message, peer, from) => {
    for (const { cid, type, isCancel, sendDontHave } of message.wants) {
      const block = all.get(hex(cid));
      const bytes = block === undefined ? undefined : blocks.peek(block.cid);
      if (isCancel) continue;
      if (block === undefined || bytes === undefined) {
        if (sendDontHave) await peer.send(from, { presences: [{ cid, has: false }] });
      } else if (type === "have") await peer.send(from, { presences: [{ cid, has: true }] });
      else await peer.send(from, { blocks: [{ cid: block.cid, bytes }] });
    }
  };
}

/** A want as a peer writes it. */
export function wantOf(cid: CID, more: Partial<WantEntry> = {}): WantEntry {
  return {
    cid: cid.bytes,
    priority: 1,
    isCancel: false,
    type: "block",
    sendDontHave: true,
    ...more,
  };
}

function keyOf(cid: CID): string {
  return hex(cid.multihash.bytes);
}

/** Bytes as text, to compare. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
