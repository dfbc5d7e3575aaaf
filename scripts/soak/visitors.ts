// bun scripts/soak/visitors.ts MULTIADDR COUNT CID…: peers that come to a node, do what peers do, and go, COUNT at a
// time, until stdin ends. Each stays some seconds; every third goes without a goodbye.

import { createHash, randomBytes } from "node:crypto";

import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { MemoryDatastore } from "datastore-core/memory";
import { create as createDigest } from "multiformats/hashes/digest";

import { messageOf, silentLogger, systemClock } from "#lib";
import { CID, codec, multihash, parseCid } from "#model";
import { type Host, openHost } from "#net";
import { MultihashBlocks } from "#test/exchange-stack";
import { hostOptions } from "#test/net-host";

import { openExchange } from "../../src/ipfs/exchange/open-exchange.ts";

const [address = "", count = "1", ...cidTexts] = process.argv.slice(2);
const cids = cidTexts.map(parseCid);
let visits = 0;
let failures = 0;
const over = new AbortController();
process.stdin.on("end", () => over.abort());
process.stdin.resume();

const report = setInterval(() => console.log(JSON.stringify({ visits, failures })), 5000);
await Promise.all(Array.from({ length: Number(count) }, visitAgain));
clearInterval(report);
console.log(JSON.stringify({ visits, failures }));
process.exit(0);

async function visitAgain(): Promise<void> {
  await Bun.sleep(Math.random() * 120_000);
  while (!over.signal.aborted) {
    try {
      await visit();
      visits += 1;
    } catch (cause) {
      failures += 1;
      if (failures < 5) console.error(messageOf(cause));
    }
  }
}

async function visit(): Promise<void> {
  const privateKey = privateKeyToProtobuf(await generateKeyPair("Ed25519"));
  const host = await openHost(
    { datastore: new MemoryDatastore(), clock: systemClock, logger: silentLogger },
    // no servers of the DHT: in one process they would all connect to each other
    await hostOptions({ privateKey, pubsub: true, dht: { mode: "client", validators: [] } }),
  );
  const blocks = new MultihashBlocks();
  const exchange = await openExchange({
    host,
    blocks,
    providers: { async *findProviders() {} },
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const { peer } = await host.connect(address);
    const stay = systemClock.sleep(30_000 + Math.random() * 90_000);
    await behave(host, peer, (cid, signal) =>
      exchange.openSession({ sink: blocks }).fetch(cid, { signal }),
    );
    await stay;
    // every third vanishes: its connections are cut below libp2p
    if (visits % 3 === 0) await host.disconnect(peer);
  } finally {
    await exchange[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
  }
}

async function behave(
  host: Host,
  peer: string,
  fetchBlock: (cid: CID, signal: AbortSignal) => Promise<Uint8Array>,
): Promise<void> {
  await host.ping(peer);
  const messages = await host.pubsub?.subscribe("soak");
  await host.pubsub?.publish("soak", randomBytes(256));
  for (let time = 0; time < 8; time += 1) {
    const cid = cids[Math.floor(Math.random() * cids.length)];
    if (cid !== undefined) await fetchBlock(cid, AbortSignal.timeout(30_000));
  }
  // something that nobody has, given up after a while
  const nowhere = CID.create(1, codec.raw, createDigest(multihash.sha256, randomDigest()));
  await fetchBlock(nowhere, AbortSignal.timeout(1000)).catch(() => undefined);
  await messages?.[Symbol.asyncIterator]().return?.();
}

function randomDigest(): Uint8Array {
  return createHash("sha256").update(randomBytes(32)).digest();
}
