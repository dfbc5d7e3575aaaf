import { heapStats } from "bun:jsc";
import { readdirSync } from "node:fs";

import type { Host, HostOptions } from "#net";
import { openTestHost } from "#test/net-host";

export interface ChurnOptions {
  /** Hosts at once that come and go around one that stays. */
  readonly hosts: number;
  /** How long; a fraction for a small one. */
  readonly minutes: number;
  /** Connections at once. */
  readonly connections: number;
  /** Of all hosts. */
  readonly options?: Partial<HostOptions>;
  readonly onSample?: (sample: ChurnSample) => void;
}

/** What is in use while the usual number of hosts is there. */
export interface ChurnSample {
  readonly atMs: number;
  /** Hosts that have come and gone so far. */
  readonly gone: number;
  readonly residentBytes: number;
  /** JavaScript's heap after a collection. */
  readonly heapBytes: number;
  /** Objects of the heap by kind; a kind that grows is a leak. */
  readonly objects: Readonly<Record<string, number>>;
  /** Open files and sockets. */
  readonly handles: number;
  readonly connections: number;
  readonly streams: number;
}

const protocol = "/pinfold/churn/1.0.0";
const topic = "churn";
const samples = 10;

/**
 * Hosts come, connect, talk on streams and by pubsub, and go, one after the other, around one that stays. Gives samples of
 * what is in use, the first after everybody has come once.
 */
export async function churn(churnOptions: ChurnOptions): Promise<readonly ChurnSample[]> {
  await using stack = new AsyncDisposableStack();
  const center = stack.use(await openTalkingHost(churnOptions));
  const others: Host[] = [];
  stack.defer(async () => {
    await Promise.all(others.map((host) => host[Symbol.asyncDispose]()));
  });
  const perHost = Math.max(1, Math.round(churnOptions.connections / churnOptions.hosts));
  let gone = 0;
  const turn = async (): Promise<void> => {
    if (others.length >= churnOptions.hosts) {
      await others.shift()?.[Symbol.asyncDispose]();
      gone += 1;
    }
    const host = await openTalkingHost(churnOptions);
    const friends = [center, ...others.slice(-(perHost - 1))].slice(0, perHost);
    for (const friend of friends) await talk(host, friend);
    others.push(host);
  };
  // Everybody has come and gone once before the first sample: code is warm and tables are full.
  while (gone < churnOptions.hosts) await turn();
  const began = performance.now();
  const lengthMs = churnOptions.minutes * 60_000;
  const taken: ChurnSample[] = [];
  while (performance.now() - began < lengthMs || taken.length < samples) {
    await turn();
    const atMs = performance.now() - began;
    if (atMs < (taken.length * lengthMs) / samples) continue;
    const sample = takeSample([center, ...others], { atMs, gone });
    churnOptions.onSample?.(sample);
    taken.push(sample);
  }
  return taken;
}

/** By how much a figure has grown from the first half of the samples to the second, of its median. */
export function growth(
  taken: readonly ChurnSample[],
  figure: (sample: ChurnSample) => number,
): number {
  const middle = Math.floor(taken.length / 2);
  const early = median(taken.slice(0, middle).map(figure));
  return early === 0 ? 0 : (median(taken.slice(middle).map(figure)) - early) / early;
}

async function openTalkingHost({ options }: ChurnOptions): Promise<Host> {
  const host = await openTestHost({ pubsub: true, ...options });
  await host.handle([protocol], async (stream) => {
    for await (const chunk of stream.chunks()) await stream.send(chunk);
    await stream.close();
  });
  const messages = await host.pubsub?.subscribe(topic);
  void (async () => {
    for await (const _ of messages ?? []);
  })();
  return host;
}

async function talk(host: Host, friend: Host): Promise<void> {
  const [address] = friend.addresses();
  if (address === undefined) return;
  await host.connect(address);
  await host.ping(friend.id);
  const stream = await host.openStream(friend.id, [protocol]);
  await stream.send(new Uint8Array(32_768));
  await stream.closeWrite();
  let received = 0;
  for await (const chunk of stream.chunks()) received += chunk.length;
  await stream.close();
  if (received !== 32_768) throw new Error(`${received} bytes came back`);
  await host.pubsub?.publish(topic, new Uint8Array(64));
}

function takeSample(hosts: readonly Host[], when: Pick<ChurnSample, "atMs" | "gone">): ChurnSample {
  Bun.gc(true);
  const { heapSize, objectTypeCounts } = heapStats();
  const connections = hosts.flatMap((host) => host.connections());
  return {
    ...when,
    residentBytes: process.memoryUsage.rss(),
    heapBytes: heapSize,
    objects: objectTypeCounts,
    handles: openHandles(),
    connections: connections.length / 2, // each is seen from both ends
    streams: connections.flatMap(({ streams }) => streams).length / 2,
  };
}

function openHandles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0; // not Linux
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
