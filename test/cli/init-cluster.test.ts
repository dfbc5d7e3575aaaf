// Goal: a folder is made and refused as the real ipfs-cluster-service makes and refuses it, and its pinset comes over.
// Method: both make one with the same words and variables; files, exit and text are compared byte for byte, secrets and
// ids apart. Then the real program runs in a folder, exports, and ours imports and starts.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { silentLogger as logger } from "#lib";
import { openBlackBox } from "#test/black-box";
import { eventually } from "#test/eventually";
import { hasKubo, openKuboPeer } from "#test/kubo-peer";
import { makeTempFolder } from "#test/temp-folder";

import { InitStepError } from "../../src/peer/errors.ts";
import { dataFolderAt } from "../../src/peer/folder.ts";
import { type ClusterInitOptions, initClusterFolder } from "../../src/peer/init-cluster-folder.ts";

const program = Bun.which("ipfs-cluster-service") ?? "";
const without = program === "" ? " (skipped: no `ipfs-cluster-service` on PATH)" : "";

const secret = "5ec2e7000000000000000000000000000000000000000000000000000000beef";
const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

type Variables = Readonly<Record<string, string>>;

interface Case {
  readonly variables?: Variables;
  readonly consensus?: ClusterInitOptions["consensus"];
  readonly datastore?: ClusterInitOptions["datastore"];
  readonly peers?: readonly string[];
}

interface Outcome {
  readonly config: string;
  readonly peerstore: string;
  readonly text: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "(none)";
  }
}

function outcome(path: string, text: string): Outcome {
  const config = read(join(path, "service.json"));
  return { config, peerstore: read(join(path, "peerstore")), text: text.replaceAll(path, "DIR") };
}

async function theirs(path: string, { variables, ...words }: Case): Promise<Outcome> {
  const { consensus = "crdt", datastore = "pebble", peers = [] } = words;
  const flags = ["--consensus", consensus, "--datastore", datastore];
  const named = peers.length === 0 ? [] : ["--peers", peers.join(",")];
  const child = Bun.spawn([program, "-c", path, "init", ...flags, ...named], {
    env: { HOME: path, GOLOG_LOG_LEVEL: "error", CLUSTER_SECRET: secret, ...variables },
    stderr: "pipe",
    stdin: "ignore",
  });
  const [stderr] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  const lines = stderr.split("\n").filter((line) => !/^\d{4}-\d\d-/.test(line));
  return outcome(path, lines.join("\n"));
}

async function ours(path: string, { variables, ...words }: Case): Promise<Outcome> {
  const { consensus = "crdt", datastore = "pebble", peers = [] } = words;
  let text = "";
  const say = (line: string): void => void (text += `${line}\n`);
  const environment = { CLUSTER_SECRET: secret, ...variables };
  const options = { environment, consensus, datastore, peers, say, logger, hasRandomPorts: false };
  await initClusterFolder(dataFolderAt(path), options).catch((cause: unknown) => {
    if (!(cause instanceof InitStepError)) throw cause;
    text += `error ${cause.message}\n`;
  });
  return outcome(path, text);
}

async function compare(one: Case): Promise<void> {
  using temp = makeTempFolder();
  const real = theirs(join(temp.path, "theirs"), one);
  expect(await ours(join(temp.path, "ours"), one)).toEqual(await real);
}

const refusals: readonly Variables[] = [
  { CLUSTER_DISABLEREPINNING: "maybe" },
  { CLUSTER_TAGS_TAGS: "x" },
  { CLUSTER_SECRET: "abc" },
  { CLUSTER_RESTAPI_MAXHEADERBYTES: "12" },
  { CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES: "-1" },
  { CLUSTER_LISTENMULTIADDRESS: "/ip4/1.2.3.4/tcp/70000" },
  { CLUSTER_LISTENMULTIADDRESS: "/ip4/1.2.3/tcp/1" },
  { CLUSTER_LISTENMULTIADDRESS: "" },
  { CLUSTER_STATESYNCINTERVAL: "5x" },
  { CLUSTER_MONITORPINGINTERVAL: "-5s" },
  { CLUSTER_PUBSUB_SEENMESSAGESTTL: "-1s" },
  { CLUSTER_STATELESS_CONCURRENTPINS: "-1" },
  { CLUSTER_DISK_METRICTYPE: "x" },
  { CLUSTER_REPLICATIONFACTORMIN: "-4" },
  { CLUSTER_CRDT_TRUSTEDPEERS: "Qmxx" },
  { CLUSTER_CRDT_TRUSTEDPEERS: "bafy" },
  { CLUSTER_RESTAPI_ID: peer },
  { CLUSTER_CONNECTIONMANAGER_LOWWATER: "500" },
  { CLUSTER_IPFSPROXY_IDLETIMEOUT: "-1s" },
  { CLUSTER_METRICS_PROMETHEUSENDPOINT: "x" },
];

/** One of every kind, with the hidden keys, and with what Go's encoder escapes. */
const allKinds: Variables = {
  CLUSTER_LISTENMULTIADDRESS: "/ip4/127.0.0.1/tcp/1096",
  CLUSTER_FOLLOWERMODE: "true",
  CLUSTER_PEERSTOREFILE: "peers",
  CLUSTER_PEERNAME: "",
  CLUSTER_MDNSINTERVAL: "0",
  CLUSTER_STATESYNCINTERVAL: "3600s",
  CLUSTER_PEERADDRESSES: `/ip4/1.2.3.4/tcp/9096/p2p/${peer}`,
  CLUSTER_CRDT_BATCHING_MAXQUEUESIZE: "10",
  CLUSTER_CRDT_REBROADCASTINTERVAL: "90s",
  CLUSTER_STATELESS_MAXPINQUEUESIZE: "0x10",
  CLUSTER_IPFSPROXY_NODEHTTPS: "1",
  CLUSTER_IPFSPROXY_EXTRACTHEADERSEXTRA: "a,b",
  CLUSTER_IPFSPROXY_EXTRACTHEADERSTTL: "60s",
  CLUSTER_RESTAPI_HEADERS: "X-A:b<c>&,X-0:z",
  CLUSTER_RESTAPI_BASICAUTHCREDENTIALS: "user:secret,other:word",
  CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: "/unix/run/x,/dns4/localhost/tcp/80",
  CLUSTER_RESTAPI_CORSALLOWEDHEADERS: "",
  CLUSTER_TAGS_TAGS: "z:1,a:2",
  CLUSTER_BALANCED_ALLOCATEBY: "freespace",
  CLUSTER_TRACING_SAMPLINGPROB: "0.25",
  CLUSTER_IPFSHTTP_UNPINDISABLE: "true",
  CLUSTER_PEBBLE_FOLDER: "elsewhere",
  CLUSTER_PEBBLE_PEBBLEOPTIONS_CACHESIZEBYTES: "5",
};

describe.skipIf(program === "")(`ipfs-cluster-service init${without}`, () => {
  test("writes the same, for every store and for raft", async () => {
    const made: Case[] = [
      ...(["badger", "badger3", "leveldb", "pebble"] as const).map((datastore) => ({ datastore })),
      { consensus: "raft" },
      { consensus: "raft", peers: [`/ip4/192.0.2.1/tcp/9096/p2p/${peer}`] },
      { peers: [`/ip4/192.0.2.1/tcp/9096/p2p/${peer}`, `/dns4/a.example/tcp/1/p2p/${peer}`] },
      { variables: { CLUSTER_SECRET: "" } },
    ];
    await Promise.all(made.map(compare));
  });

  test("writes what every kind of variable says", async () => {
    // their peerstore follows the variable, too
    await compare({ variables: allKinds });
  });

  test("refuses in the same words", async () => {
    await Promise.all(refusals.map((variables) => compare({ variables })));
  }, 20_000);
});

const withoutBoth = hasKubo && program !== "" ? "" : " (skipped: it needs `ipfs`, too)";

test.skipIf(withoutBoth !== "")(
  `a folder of the real program goes on with its Kubo, once its pinset is brought over${withoutBoth}`,
  async () => {
    await using box = openBlackBox();
    await using kubo = await openKuboPeer();
    const socket = box.path("rest.sock");
    const anyPort = "/ip4/127.0.0.1/tcp/0";
    const env = {
      HOME: box.folder,
      CLUSTER_LISTENMULTIADDRESS: anyPort,
      CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: `/unix${socket}`,
      CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
      CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
      CLUSTER_IPFSHTTP_NODEMULTIADDRESS: read(join(kubo.folder, "api")).trim(),
      CLUSTER_MDNSINTERVAL: "0",
    };
    const run = (...words: string[]) =>
      Bun.spawn([program, "-c", box.data, ...words], { env, stdout: "ignore", stderr: "ignore" });
    expect(await run("init").exited).toBe(0);
    const file = box.path("kept.txt");
    await Bun.write(file, "kept\n");
    const cid = (await kubo.ipfs("add", "-Q", file)).trim();
    const url = `http://localhost/pins/${cid}?name=kept`;
    const daemon = run("daemon");
    try {
      await eventually(() =>
        fetch(url, { method: "POST", unix: socket }).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      // one that is told to stop before it is ready may never end
      await eventually(() =>
        fetch(url, { unix: socket }).then(async (answer) =>
          (await answer.text()).includes('"status":"pinned"'),
        ),
      );
    } finally {
      daemon.kill("SIGTERM");
      // now and then it does not end when it is told to
      const forced = setTimeout(() => daemon.kill("SIGKILL"), 10_000);
      await daemon.exited;
      clearTimeout(forced);
    }
    expect((await box.run(["daemon"])).code).toBe(1);

    const state = box.path("state.json");
    expect(await run("state", "export", "--file", state).exited).toBe(0);
    expect(await box.run(["state", "import", "--force", state])).toMatchObject({ code: 0 });
    const own = await box.run(["state", "export"]);
    expect(JSON.parse(own.stdout)).toEqual(JSON.parse(readFileSync(state, "utf8")));

    await box.start([], { env });
    expect((await box.run(["status", cid])).stdout).toContain("PINNED");
    expect(await kubo.ipfs("pin", "ls", cid)).toContain(cid);
  },
  60_000,
);
