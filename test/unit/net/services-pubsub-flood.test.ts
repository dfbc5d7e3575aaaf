// Goal: a peer that floods us with pubsub messages is held back, not remembered. Method: a peer writes signed-looking messages
// straight on gossipsub's stream as fast as it may; checking a signature takes longer than sending one.

import { expect, test } from "bun:test";

import type { Host } from "#net";
import { eventually } from "#test/eventually";
import { connectHosts, openTestHost } from "#test/net-host";

const topic = "flood";

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** An RPC of messages that nobody has signed, with different numbers. */
function forgedRpc(author: Host, first: number, count: number): Buffer {
  const from = author.publicKey;
  // An Ed25519 peer id is an identity multihash of the key's protobuf.
  const id = Buffer.concat([Buffer.from([0, from.length]), from]);
  const messages = Array.from({ length: count }, (_, index) => {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(first + index));
    return field(
      2,
      Buffer.concat([
        field(1, id),
        field(2, Buffer.from("nonsense")),
        field(3, number),
        field(4, Buffer.from(topic)),
        field(5, Buffer.alloc(64, 7)),
      ]),
    );
  });
  return Buffer.concat(messages);
}

test("a flood of pubsub messages waits at its sender", async () => {
  await using victim = await openTestHost({ pubsub: true });
  await using flooder = await openTestHost();
  await victim.pubsub?.subscribe(topic);
  await connectHosts(flooder, victim);
  await eventually(() => victim.isConnected(flooder.id));
  const stream = await flooder.openStream(victim.id, ["/meshsub/1.1.0"]);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 1_500);
  let sentBytes = 0;
  try {
    for (let first = 0; first < 2_000_000; first += 200) {
      const rpc = forgedRpc(flooder, first, 200);
      await stream.sendMessage([rpc], { signal: stop.signal });
      sentBytes += rpc.length;
      if (stop.signal.aborted) break;
    }
  } catch {
    // held back, or thrown out
  }
  clearTimeout(timer);
  // A window of yamux, one of ours, and what could be checked meanwhile.
  expect(sentBytes).toBeLessThan(12 * 1024 * 1024);
}, 20_000);
