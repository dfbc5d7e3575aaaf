// Goal: a peer closes whatever its IPFS node does. Method: a peer over a fake Kubo that answers once, and then nothing more.

import { expect, test } from "bun:test";

import { silentLogger, systemClock } from "#lib";
import { plainVoice } from "#peer";
import { fakeKuboId, openFakeKubo, tell } from "#test/fake-kubo";
import { makeTempFolder } from "#test/temp-folder";

import { dataFolderAt } from "../../../src/peer/folder.ts";
import { initClusterFolder } from "../../../src/peer/init-cluster-folder.ts";
import { openPeer } from "../../../src/peer/open-peer.ts";
import { preparePeer } from "../../../src/peer/prepare-peer.ts";

test("a peer closes while its IPFS node keeps calls waiting", async () => {
  await using kubo = await openFakeKubo();
  let calls = 0;
  kubo.answers.set("id", (_call, response) => {
    calls += 1;
    if (calls === 1) tell(response, { ID: fakeKuboId, Addresses: [] });
  });
  kubo.answers.set("repo/stat", () => undefined);
  using temp = makeTempFolder();
  const folder = dataFolderAt(temp.path);
  const common = { folder, environment: environmentFor(kubo.port) };
  await initClusterFolder(folder, {
    ...common,
    consensus: "crdt",
    datastore: "pebble",
    peers: [],
    hasRandomPorts: false,
    say: () => undefined,
  });
  const config = await preparePeer({
    ...common,
    isInit: false,
    profile: undefined,
    isOffline: false,
    bootstrap: [],
    voice: plainVoice(() => undefined),
    logger: silentLogger,
  });
  const peer = await openPeer(config, { clock: systemClock, logger: silentLogger });
  await peer.ready;
  const asked = peer.ipfsId().catch((cause: unknown) => cause);
  await peer[Symbol.asyncDispose]();
  expect(await asked).toMatchObject({ message: "closing" });
});

function environmentFor(kuboPort: number): Readonly<Record<string, string>> {
  const [anyPort, kubo] = ["/ip4/127.0.0.1/tcp/0", `/ip4/127.0.0.1/tcp/${kuboPort}`];
  return {
    CLUSTER_LISTENMULTIADDRESS: anyPort,
    CLUSTER_MDNSINTERVAL: "0",
    CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: anyPort,
    CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
    CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
    CLUSTER_IPFSHTTP_NODEMULTIADDRESS: kubo,
    CLUSTER_IPFSPROXY_NODEMULTIADDRESS: kubo,
  };
}
