// Goal: pubsub answers as Kubo's, and leaves nothing behind when a client goes. Method: requests to a node with a fake
// network; expected values from what Kubo 0.44.0-dev answered.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ClientRequest, type IncomingMessage, request } from "node:http";

import { eventually } from "#test/eventually";
import { type FakeNetwork, fakePeers, openFakeNetwork } from "#test/fake-network";
import { files, KuboClient } from "#test/kubo-client";
import { type KuboStack, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

let folder: TempFolder;
let kubo: KuboStack;
let client: KuboClient;
let network: FakeNetwork;

beforeAll(async () => {
  folder = makeTempFolder();
  network = openFakeNetwork();
  kubo = await openKuboStack(folder.path, { network });
  client = new KuboClient(kubo.url);
});
afterAll(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function encode(text: string): string {
  return `u${Buffer.from(text).toString("base64url")}`;
}

/** Resolves with the head of the answer, which may have no body yet. */
function open(
  path: string,
): Promise<{ readonly sent: ClientRequest; readonly answer: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${kubo.url}/api/v0/${path}`, { method: "POST" }, (answer) => {
      answer.on("error", () => undefined);
      resolve({ sent, answer });
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("a subscriber has its head before any message, then each message, and is gone when it leaves", async () => {
  const topic = encode("news");
  const { sent, answer } = await open(`pubsub/sub?arg=${topic}`);
  expect([answer.statusCode, answer.headers["x-chunked-output"]]).toEqual([200, "1"]);
  expect(network.subscriptions).toBe(1);
  expect(await client.lines("pubsub/ls")).toEqual([{ Strings: [topic] }]);
  expect((await client.ask("pubsub/ls?encoding=text")).text).toBe("news\n");
  const next = answer[Symbol.asyncIterator]();
  const published = await client.ask(`pubsub/pub?arg=${topic}`, files(["data", "hello\n"]));
  expect([published.status, published.text]).toEqual([200, ""]);
  expect(JSON.parse(String((await next.next()).value))).toEqual({
    from: fakePeers.self,
    data: encode("hello\n"),
    seqno: "uAAc",
    topicIDs: [topic],
  });
  sent.destroy();
  await eventually(() => network.subscriptions === 0);
});

test("topics that would disturb a terminal are escaped", async () => {
  const { sent } = await open(`pubsub/sub?arg=${encode("a\n\u001b[31m\\ü \u200b")}`);
  expect((await client.ask("pubsub/ls?encoding=text")).text).toBe("a\\n\\x1b[31m\\\\ü \\u200b\n");
  sent.destroy();
  await eventually(() => network.subscriptions === 0);
});

test("as text a subscriber has the bytes alone", async () => {
  const { sent, answer } = await open(`pubsub/sub?arg=${encode("raw")}&encoding=text`);
  const data = Uint8Array.of(0xff, 0x00, 0xfe);
  network.deliver({ topic: "raw", from: fakePeers.near, data, sequenceNumber: data });
  const { value } = await answer[Symbol.asyncIterator]().next();
  expect([...Buffer.from(value)]).toEqual([...data]);
  sent.destroy();
  await eventually(() => network.subscriptions === 0);
});

test("a timeout ends a subscription with an error in the trailer", async () => {
  const answer = await client.ask(`pubsub/sub?arg=${encode("quiet")}&timeout=50ms`);
  expect([answer.status, answer.trailer]).toEqual([200, "context deadline exceeded"]);
  await eventually(() => network.subscriptions === 0);
});

test("peers are those of a topic, or all", async () => {
  expect(await client.lines("pubsub/peers")).toEqual([{ Strings: [fakePeers.near] }]);
  expect(await client.lines(`pubsub/peers?arg=${encode("empty")}`)).toEqual([{ Strings: [] }]);
});

test.each([
  ["hello", "URL arg must be multibase encoded: selected encoding not supported"],
  ["mZm9v", "URL arg must be base64url encoded"],
  ["", "URL arg must be multibase encoded: cannot decode multibase for zero length string"],
])("a topic is refused when it is %p", async (topic, message) => {
  for (const command of ["sub", "peers"]) {
    expect(await client.message(`pubsub/${command}?arg=${topic}`)).toBe(message);
  }
});

test("what is published has a limit", async () => {
  const big = files(["data", new Uint8Array(1024 * 1024 + 1)]);
  expect(await client.message(`pubsub/pub?arg=${encode("big")}`, big)).toBe(
    "what was sent is longer than 1048576 bytes",
  );
});
