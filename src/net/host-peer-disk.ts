import { multiaddr } from "@multiformats/multiaddr";
import { type Datastore, Key } from "interface-datastore";
import { z } from "zod";

import { type Clock, type Logger, messageOf } from "#lib";

import { parsePeer } from "./host-addresses.ts";
import { provenAgeMs } from "./host-peer-record.ts";
import type { SeenPeer } from "./host-peer-store.ts";
import type { ResourceProfile } from "./types.ts";

const prefix = "/peers";
/** What is lost by a crash. */
const writeEveryMs = 60_000;
const addressesMax = 8;

/** Peers that are still known after a restart. */
export const peersKeptOf: Readonly<Record<ResourceProfile, number>> = {
  pi: 128,
  default: 512,
  server: 2048,
};

const entrySchema = z.object({ addresses: z.array(z.string()), seenAt: z.number() });

export interface PeerDiskDeps {
  readonly datastore: Datastore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Addresses of peers that we have talked with, written together and rarely. */
export class PeerDisk implements AsyncDisposable {
  readonly #deps: PeerDiskDeps;
  readonly #peersMax: number;
  readonly #stop = new AbortController();
  readonly #changed = new Map<string, () => SeenPeer | undefined>();
  /** By id, when they were seen. */
  #written = new Map<string, number>();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: PeerDiskDeps, peersMax: number) {
    this.#deps = deps;
    this.#peersMax = peersMax;
  }

  /** The newest first. */
  async load(): Promise<readonly SeenPeer[]> {
    const oldest = this.#deps.clock.now() - provenAgeMs;
    const peers: SeenPeer[] = [];
    for await (const { key, value } of this.#deps.datastore.query({ prefix })) {
      const peer = parseEntry(key, value);
      if (peer !== undefined && peer.seenAt > oldest) peers.push(peer);
      else await this.#deps.datastore.delete(key);
    }
    peers.sort((a, b) => b.seenAt - a.seenAt);
    this.#written = new Map(peers.map(({ peer, seenAt }) => [peer.toString(), seenAt]));
    return peers;
  }

  /** Begins to write what changes. */
  start(): void {
    this.#loop = this.#writeNowAndThen();
  }

  /** `read` is called when it is written. */
  note(id: string, read: () => SeenPeer | undefined): void {
    if (this.#changed.size < 2 * this.#peersMax || this.#changed.has(id)) {
      this.#changed.set(id, read);
    }
  }

  async #writeNowAndThen(): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!this.#stop.signal.aborted) {
      try {
        await clock.sleep(writeEveryMs, this.#stop.signal);
      } catch {
        return;
      }
      try {
        await this.#write();
      } catch (thrown) {
        logger.warn("addresses of peers could not be written", { problem: messageOf(thrown) });
      }
    }
  }

  async #write(): Promise<void> {
    const batch = this.#deps.datastore.batch();
    for (const [id, read] of this.#changed) {
      const seen = read();
      if (seen === undefined || seen.addresses.length === 0) {
        if (this.#written.delete(id)) batch.delete(keyOf(id));
        continue;
      }
      const addresses = seen.addresses.slice(-addressesMax).map(String);
      batch.put(keyOf(id), Buffer.from(JSON.stringify({ addresses, seenAt: seen.seenAt })));
      this.#written.set(id, seen.seenAt);
    }
    this.#changed.clear();
    const tooMany = this.#written.size - this.#peersMax;
    const byAge = [...this.#written].toSorted(([, a], [, b]) => a - b);
    for (const [id] of byAge.slice(0, Math.max(0, tooMany))) {
      this.#written.delete(id);
      batch.delete(keyOf(id));
    }
    await batch.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#write();
  }
}

function keyOf(id: string): Key {
  return new Key(`${prefix}/${id}`);
}

/** Undefined when another program or version wrote it. */
function parseEntry(key: Key, value: Uint8Array): SeenPeer | undefined {
  try {
    const { addresses, seenAt } = entrySchema.parse(JSON.parse(new TextDecoder().decode(value)));
    return {
      peer: parsePeer(key.name()),
      addresses: addresses.map((text) => multiaddr(text)),
      seenAt,
    };
  } catch {
    return undefined;
  }
}
