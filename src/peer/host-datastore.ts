import { BaseDatastore } from "datastore-core";
import { type Datastore, Key, type KeyQuery, type Pair, type Query } from "interface-datastore";

import type { Keyspace } from "#storage";

/** What libp2p's stores ask for when a key is not there. */
class KeyNotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** Everything of one host stands below this in the keyspace. */
const root = "/host";

/**
 * What a libp2p host remembers, as an `interface-datastore` over a keyspace. Losing the last of it in a power cut is
 * harmless, so nothing is synced.
 */
export function createHostDatastore(keyspace: Keyspace): Datastore {
  return new HostDatastore(keyspace);
}

class HostDatastore extends BaseDatastore {
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    super();
    this.#keyspace = keyspace;
  }

  override async put(key: Key, value: Uint8Array): Promise<Key> {
    await this.#keyspace.put(bytesOf(key.toString()), value, { sync: false });
    return key;
  }

  override async get(key: Key): Promise<Uint8Array> {
    const value = await this.#keyspace.get(bytesOf(key.toString()));
    if (value === undefined) throw new KeyNotFoundError(`no entry ${key.toString()}`);
    return value;
  }

  override async has(key: Key): Promise<boolean> {
    return (await this.#keyspace.get(bytesOf(key.toString()))) !== undefined;
  }

  override async delete(key: Key): Promise<void> {
    await this.#keyspace.delete(bytesOf(key.toString()), { sync: false });
  }

  override async *_all(query: Query): AsyncGenerator<Pair> {
    for await (const [name, value] of this.#below(query.prefix)) {
      yield { key: new Key(name), value };
    }
  }

  override async *_allKeys(query: KeyQuery): AsyncGenerator<Key> {
    for await (const [name] of this.#below(query.prefix)) yield new Key(name);
  }

  async *#below(prefix = "/"): AsyncGenerator<readonly [name: string, value: Uint8Array]> {
    const [gte, lt] = [bytesOf(prefix), Buffer.concat([bytesOf(prefix), Buffer.of(0xff)])];
    for await (const [key, value] of this.#keyspace.entries({ gte, lt })) {
      yield [Buffer.from(key).toString().slice(root.length), value];
    }
  }
}

/** The names that libp2p uses are ASCII, so no key has the byte 0xff. */
function bytesOf(name: string): Buffer {
  return Buffer.from(`${root}${name}`);
}
