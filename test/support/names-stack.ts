import {
  createTxtLookup,
  type Keys,
  type Names,
  type NamesOptions,
  openKeys,
  openNames,
  type TxtAnswer,
} from "#ipfs";
import { silentLogger } from "#lib";
import type { SignalOptions } from "#model";
import { readIpnsFixture } from "#test/ipns-fixture";
import { ManualClock } from "#test/manual-clock";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { MemoryRouting } from "#test/memory-routing";

const fixture = await readIpnsFixture();

/** Some node's own key: the fixture's first. */
export const fixtureSelf = ((): {
  readonly peer: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
} => {
  const [key] = fixture.keys;
  const privateKey = Buffer.from(key?.protobuf ?? "", "base64");
  // type, length, seed, then the public half
  const publicKey = Buffer.concat([Buffer.from("08011220", "hex"), privateKey.subarray(36)]);
  return { peer: key?.peer ?? "", privateKey, publicKey };
})();

/** TXT records by domain; domains that are not in it do not exist. */
class FakeDns {
  readonly texts = new Map<string, readonly string[]>();
  readonly asked: string[] = [];
  ttlMs: number | undefined;
  problem: Error | undefined;

  readonly lookup = async (domain: string, _options?: SignalOptions): Promise<TxtAnswer> => {
    this.asked.push(domain);
    if (this.problem !== undefined) throw this.problem;
    return { texts: this.texts.get(domain) ?? [], ttlMs: this.ttlMs };
  };
}

export interface NamesStack extends AsyncDisposable {
  readonly keys: Keys;
  readonly names: Names;
  readonly clock: ManualClock;
  readonly dns: FakeDns;
  readonly datastore: MemoryKeyspace;
  readonly network: MemoryRouting;
}

/** Names over a folder of keys; with a network, unless `isOffline`. What is given is used instead of something new. */
export function openNamesStack(
  folder: string,
  config: {
    readonly isOffline?: boolean;
    readonly options?: NamesOptions;
    readonly clock?: ManualClock;
    readonly datastore?: MemoryKeyspace;
    readonly network?: MemoryRouting;
  } = {},
): NamesStack {
  const clock = config.clock ?? new ManualClock();
  const datastore = config.datastore ?? new MemoryKeyspace();
  const network = config.network ?? new MemoryRouting(clock);
  const dns = new FakeDns();
  const keys = openKeys({ folder, self: fixtureSelf, logger: silentLogger });
  const names = openNames(
    {
      keys,
      datastore,
      routing: () => (config.isOffline === true ? undefined : Promise.resolve(network.routing)),
      lookupTxt: createTxtLookup({ clock, fetch: refuse, system: dns.lookup }),
      clock,
      logger: silentLogger,
    },
    config.options,
  );
  return {
    keys,
    names,
    clock,
    dns,
    datastore,
    network,
    [Symbol.asyncDispose]: () => names[Symbol.asyncDispose](),
  };
}

function refuse(): Promise<Response> {
  return Promise.reject(new Error("no HTTPS here"));
}
