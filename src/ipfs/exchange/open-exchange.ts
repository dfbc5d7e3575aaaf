import { type Clock, type Logger, messageOf } from "#lib";
import type { CID, SignalOptions } from "#model";
import type { Host, Stream } from "#net";
import type { BlockStore } from "#storage";

import { defaultBounds, type ExchangeBounds } from "./bounds.ts";
import { Client } from "./client/client.ts";
import { protocols } from "./codec/message.ts";
import { type FetchLike, Gateways } from "./http/gateways.ts";
import { Ledgers } from "./ledgers.ts";
import { Receiver } from "./receiver.ts";
import { Server } from "./server/server.ts";
import type { Exchange, ExchangeStat, ProviderFinder, SessionOptions } from "./types.ts";

export interface ExchangeDeps {
  readonly host: Host;
  /** What is here: to be sent, and never fetched. */
  readonly blocks: Pick<BlockStore, "read" | "sizeOf" | "readBatch">;
  readonly providers: ProviderFinder;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For HTTP gateways; without it none is asked. */
  readonly fetch?: FetchLike | undefined;
}

export interface ExchangeOptions {
  /** URLs of trustless gateways that are asked for what no peer has: `https://trustless-gateway.link`. */
  readonly httpGateways?: readonly string[];
  /** Whether gateways that routing finds are asked too. Default true. */
  readonly isHttpAllowed?: boolean;
  readonly bounds?: Partial<ExchangeBounds>;
}

/** How often time-outs are looked at. */
const sweepMs = 250;
/** How many sweeps there are between two looks for peers that are gone. */
const reapEvery = 120;

/** Opens the exchange on a host: it serves from now on, and fetches for sessions. */
export async function openExchange(
  deps: ExchangeDeps,
  options: ExchangeOptions = {},
): Promise<Exchange> {
  const exchange = new HostExchange(deps, options);
  await exchange.start();
  return exchange;
}

class HostExchange implements Exchange {
  readonly #deps: ExchangeDeps;
  readonly #bounds: ExchangeBounds;
  readonly #ledgers: Ledgers;
  readonly #client: Client;
  readonly #server: Server;
  readonly #gateways: Gateways;
  readonly #receiver: Receiver;
  readonly #handles: AsyncDisposable[] = [];
  readonly #closing = new AbortController();
  #sweeping: Promise<void> = Promise.resolve();
  /** For single fetches: what comes is given to the caller alone. */
  readonly #loose: ReturnType<Client["openSession"]>;

  constructor(deps: ExchangeDeps, options: ExchangeOptions) {
    const { host, providers, clock, logger } = deps;
    const bounds = { ...defaultBounds, ...options.bounds };
    this.#deps = deps;
    this.#bounds = bounds;
    this.#ledgers = new Ledgers(bounds.unwantedBytesMax);
    const common = { host, clock, logger, bounds };
    this.#gateways = new Gateways(
      { ...common, fetch: deps.fetch, onBlock: (...got) => this.#client.onBlock(...got) },
      options,
    );
    this.#client = new Client({
      ...common,
      search: { ...common, providers },
      configuredGateways: () => this.#gateways.configured(),
      gatewayOf: (provider) => this.#gateways.of(provider),
      onMessage: (peer) => this.#ledgers.onMessage(peer),
      onStored: (cid, sizeBytes) => this.#server.arrived(cid, sizeBytes),
      onWanted: (peer, sizeBytes) => this.#ledgers.onWanted(peer, sizeBytes),
      onUnwanted: (peer, sizeBytes) => {
        if (this.#ledgers.onUnwanted(peer, sizeBytes)) this.#drop(peer, "sends what nobody wanted");
      },
    });
    this.#server = new Server({
      ...common,
      blocks: deps.blocks,
      onSent: (peer, { bytes }) => this.#ledgers.onSent(peer, bytes),
      onFlood: (peer) => this.#drop(peer, "wants too much"),
    });
    this.#receiver = new Receiver({
      ...common,
      signal: this.#closing.signal,
      onStream: (peer) => this.#client.addPeer(peer),
      onMessage: async (peer, message) => {
        this.#ledgers.messagesReceived += 1;
        this.#ledgers.onMessage(peer);
        await this.#client.onMessage(peer, message);
        await this.#server.onMessage(peer, message);
      },
      onMisbehaviour: (peer, reason) => this.#drop(peer, reason),
    });
    this.#loose = this.#client.openSession({ sink: { put: () => undefined } });
  }

  async start(): Promise<void> {
    const { host } = this.#deps;
    const { inboundStreamsMax } = this.#bounds;
    const handler = (stream: Stream): Promise<void> => this.#receiver.receive(stream);
    this.#handles.push(await host.handle(protocols, handler, { inboundStreamsMax }));
    const watcher = {
      onConnect: (peer: string): void => this.#client.addPeer(peer),
      onDisconnect: (peer: string): void => this.#forget(peer),
    };
    this.#handles.push(await host.watchPeers(protocols, watcher));
    this.#sweeping = this.#sweep();
  }

  openSession(options: SessionOptions): ReturnType<Client["openSession"]> {
    return this.#client.openSession(options);
  }

  fetch(cid: CID, options?: SignalOptions): Promise<Uint8Array> {
    return this.#loose.fetch(cid, options);
  }

  arrived(cid: CID, bytes: Uint8Array): void {
    this.#client.arrived(cid, bytes);
    this.#server.arrived(cid, bytes.length);
  }

  wantlist(peer?: string): readonly CID[] {
    return peer === undefined ? this.#client.wantlist() : this.#server.wantlist(peer);
  }

  stat(): ExchangeStat {
    const { stat: got } = this.#client;
    const { stat: given } = this.#server;
    return {
      wantlist: this.#client.wantlist(),
      peers: this.#client.peers,
      blocksReceived: got.blocks + got.dupBlocks,
      dataReceived: got.bytes + got.dupBytes,
      dupBlocksReceived: got.dupBlocks,
      dupDataReceived: got.dupBytes,
      messagesReceived: this.#ledgers.messagesReceived,
      blocksSent: given.blocks,
      dataSent: given.bytes,
    };
  }

  movedBytes(): number {
    const { stat: got } = this.#client;
    return got.bytes + got.dupBytes + this.#server.stat.bytes;
  }

  ledger(peer: string): ReturnType<Ledgers["ledger"]> {
    return this.#ledgers.ledger(peer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the exchange was closed"));
    for (const handle of this.#handles.splice(0)) await handle[Symbol.asyncDispose]();
    await this.#client.close();
    this.#server.close();
    await this.#gateways[Symbol.asyncDispose]();
    await this.#sweeping;
  }

  #forget(peer: string): void {
    this.#client.removePeer(peer);
    this.#server.removePeer(peer);
  }

  #drop(peer: string, reason: string): void {
    const { host, logger } = this.#deps;
    logger.debug("dropped a peer", { peer, reason });
    this.#ledgers.forgive(peer);
    this.#forget(peer);
    host.disconnect(peer).catch((error: unknown) => {
      logger.debug("a peer could not be disconnected", { peer, error: messageOf(error) });
    });
  }

  async #sweep(): Promise<void> {
    const { clock, host } = this.#deps;
    const { signal } = this.#closing;
    for (let count = 1; !signal.aborted; count += 1) {
      await clock.sleep(sweepMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = clock.now();
      this.#client.sweep(now);
      this.#server.sweep(now);
      this.#receiver.sweep(now);
      if (count % reapEvery !== 0) continue;
      for (const peer of new Set([...this.#client.peers, ...this.#server.peers])) {
        if (!host.isConnected(peer)) this.#forget(peer);
      }
    }
  }
}
