// Goal: many bytes go through every kind of security. Method: two hosts in this process, one sends, the other counts and
// looks at the ends of each message. The faults are those of the libraries on Bun that our own pieces replace.

import { expect, test } from "bun:test";

import { type Host, type HostOptions } from "#net";
import { openSink, sendBulk } from "#test/net-bulk";
import { connectHosts, openTestHost } from "#test/net-host";

const mebibyte = 1 << 20;
const presharedKey = new Uint8Array(32).fill(3);
const webSocket = ["/ip4/127.0.0.1/tcp/0/ws"];

async function carries(mebibytes: number, options: Partial<HostOptions>): Promise<Host> {
  await using from = await openTestHost({ ...options, listen: [] });
  const to = await openTestHost(options);
  await openSink(to);
  await connectHosts(from, to);
  const received = await sendBulk(from, to, mebibytes);
  expect(received).toBe(mebibytes * mebibyte);
  const [{ security, muxer } = { security: "", muxer: "" }] = from.connections();
  expect(security).toBe(options.security?.[0] === "noise" ? "/noise" : "/tls/1.0.0");
  expect(muxer).toBe("/yamux/1.0.0");
  return to;
}

test("TLS on the socket itself carries 500 MiB", async () => {
  await using _ = await carries(500, { security: ["tls"] });
}, 120_000);

test("TLS over a duplex, as on a WebSocket, carries 500 MiB", async () => {
  await using _ = await carries(500, { security: ["tls"], listen: webSocket });
}, 120_000);

test("Noise carries 500 MiB: Bun has no chacha20-poly1305 for records of 1200 bytes and more", async () => {
  await using _ = await carries(500, { security: ["noise"] });
}, 120_000);

test("TLS in a private network carries 500 MiB: a shared cipher memory ended all after 270", async () => {
  await using _ = await carries(500, { security: ["tls"], presharedKey });
}, 120_000);

test("Noise in a private network carries 500 MiB", async () => {
  await using _ = await carries(500, { security: ["noise"], presharedKey });
}, 120_000);
