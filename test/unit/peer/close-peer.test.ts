// Goal: a peer closes whatever its IPFS node does. Method: a peer over a fake Kubo that answers once, and then nothing more.

import { expect, test } from "bun:test";

import { fakeKuboId, openFakeKubo, tell } from "#test/fake-kubo";
import { openTestPeer } from "#test/test-peer";

test("a peer closes while its IPFS node keeps calls waiting", async () => {
  await using stack = new AsyncDisposableStack();
  const kubo = stack.use(await openFakeKubo());
  let calls = 0;
  kubo.answers.set("id", (_call, response) => {
    calls += 1;
    if (calls === 1) tell(response, { ID: fakeKuboId, Addresses: [] });
  });
  kubo.answers.set("repo/stat", () => undefined);
  const document = {
    cluster: { listen_multiaddress: "/ip4/127.0.0.1/tcp/0" },
    ipfs_connector: { ipfshttp: { node_multiaddress: `/ip4/127.0.0.1/tcp/${kubo.port}` } },
    informer: { disk: {} },
  };
  const peer = await openTestPeer(document, stack);
  await peer.ready;
  const asked = peer.ipfsId().catch((cause: unknown) => cause);
  await peer[Symbol.asyncDispose]();
  expect(await asked).toMatchObject({ message: "closing" });
});
