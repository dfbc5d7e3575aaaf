// Goal: the network's commands print what `ipfs` prints, and values with --enc=json. Method: the command line in this
// process, against the RPC of a node with a fake network; texts as Kubo 0.44.0-dev prints them.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { quietContext } from "#test/captured-run";
import { type FakeNetwork, fakePeers, openFakeNetwork } from "#test/fake-network";
import { type KuboStack, memoryBootstrap, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { runCli } from "../../../src/cli/run-cli.ts";

const { self, near, far, lost } = fakePeers;
const absent = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";

let folder: TempFolder;
let network: FakeNetwork;
let kubo: KuboStack;

beforeEach(async () => {
  folder = makeTempFolder();
  network = openFakeNetwork();
  kubo = await openKuboStack(join(folder.path, "data"), {
    network,
    bootstrap: memoryBootstrap(["auto"]),
  });
});
afterEach(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  line: string,
  options: { readonly stdin?: string; readonly onText?: (text: string) => void } = {},
): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(options.stdin ?? "");
  }
  const context = quietContext({
    write: (text) => {
      said.stdout += Buffer.from(text).toString();
      options.onText?.(said.stdout);
      return Promise.resolve();
    },
    warn: (text) => {
      said.stderr += text;
    },
    stdin: stdin(),
  });
  const code = await runCli(["--api", kubo.url, ...line.split(" ")], context);
  return { code, ...said };
}

describe("text", () => {
  test.each([
    [
      "swarm peers --latency --direction",
      `/ip4/10.0.0.1/tcp/34567/p2p/${near} 347.854µs inbound\n`,
    ],
    [
      `swarm disconnect /ip4/10.9.9.9/tcp/1/p2p/${lost}`,
      `disconnect ${lost} failure: conn not found\n`,
    ],
    ["swarm addrs listen", "/ip4/127.0.0.1/tcp/4001\n"],
    [
      "swarm addrs local --id",
      `/ip4/127.0.0.1/tcp/4001/p2p/${self}\n/ip4/192.0.2.7/tcp/4001/p2p/${self}\n`,
    ],
    [
      "swarm addrs autonat",
      "AutoNAT V2 Status:\n  Reachability: Public\n\nPer-Address Reachability:\n  Reachable:\n    /ip4/192.0.2.7/tcp/4001\n  Unknown:\n    /ip4/127.0.0.1/tcp/4001\n",
    ],
    ["swarm filters add /ip4/192.0.2.0/ipcidr/24", "/ip4/192.0.2.0/ipcidr/24\n"],
    ["swarm filters rm all", ""],
    [`swarm peering rm ${lost}`, `remove ${lost} success\n`],
    [`ping -n 1 ${near}`, `PING ${near}.\nPong received: time=1.50 ms\nAverage latency: 1.50ms\n`],
    [`routing findpeer ${far}`, "/ip4/10.0.0.2/tcp/4001\n"],
    [`dht findpeer ${far}`, "/ip4/10.0.0.2/tcp/4001\n"],
    [`dht query ${lost}`, `${near}\n`],
    [`routing findprovs ${absent}`, ""],
    ["bitswap wantlist", ""],
    ["pubsub peers news", `${near}\n`],
    ["bootstrap", "auto\n"],
    ["bootstrap rm auto", "removed auto\n"],
    ["bootstrap add auto", "added auto\n"],
    ["id --ipfs -f <id>\\n", `${self}\n`],
  ])("%s", async (line, text) => {
    expect(await run(line)).toEqual({ code: 0, stdout: text, stderr: "" });
  });

  test("id of a peer is of that IPFS node", async () => {
    const { stdout } = await run(`id ${far}`);
    expect(JSON.parse(stdout)).toMatchObject({ ID: far, AgentVersion: "other/1.0\u{FFFD}" });
  });

  test("bitswap stat has sizes for people when asked", async () => {
    const { stdout } = await run("bitswap stat -v --human");
    expect(stdout).toContain("\tdata received: 124 kB\n");
    expect(stdout).toEndWith(`\tpartners [1]\n\t\t${near}\n`);
  });
});

test("a message goes from pubsub pub, or a file, to pubsub sub", async () => {
  const path = join(folder.path, "message");
  await writeFile(path, "from a file\n");
  const heard = Promise.withResolvers<void>();
  void run("pubsub sub news", {
    onText: (text) => {
      if (text === "hello\nfrom a file\n") heard.resolve();
    },
  });
  while (network.subscriptions === 0) await Bun.sleep(1);
  expect((await run("pubsub pub news", { stdin: "hello\n" })).code).toBe(0);
  expect((await run(`pubsub pub news ${path}`)).code).toBe(0);
  await heard.promise;
});

describe("failures", () => {
  test("of the peer are told after what it said before, with exit code 1", async () => {
    expect(await run(`ping ${lost}`)).toEqual({
      code: 1,
      stdout: `Looking up peer ${lost}\n`,
      stderr: "pinfold: peer lookup failed: routing: not found\n",
    });
    expect(await run("swarm connect foo")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'pinfold: failed to parse multiaddr "foo": must begin with /\n',
    });
  });

  test("of usage name what there is, with exit code 2", async () => {
    const group = await run("swarm peering");
    expect([group.code, group.stderr]).toEqual([
      2,
      expect.stringContaining('"swarm peering" needs a subcommand: swarm peering ls'),
    ]);
    const typo = await run("swarm peering lss");
    expect(typo.stderr).toContain('did you mean "swarm peering ls"?');
    expect((await run("swarm connect")).stderr).toContain("missing argument MULTIADDR");
  });
});

test("with --enc=json each value is a document", async () => {
  const { stdout } = await run("--enc=json swarm addrs listen");
  expect(JSON.parse(stdout)).toEqual({ Strings: ["/ip4/127.0.0.1/tcp/4001"] });
  const lines = await run(`--enc=json ping -n 1 ${near}`);
  expect(lines.stdout.split(/^\}\n/m)).toHaveLength(4);
  const failed = await run("--enc=json swarm connect foo");
  expect([failed.code, JSON.parse(failed.stdout)]).toEqual([
    1,
    { code: 500, message: 'failed to parse multiaddr "foo": must begin with /' },
  ]);
});
