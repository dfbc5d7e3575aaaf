// Goal: ipfs-cluster-ctl, the real one and ours, reaches the REST API over libp2p-http, through the same gate, on a host of
// the API's own, and with the cluster's secret on the cluster's host where a configuration was made for raft. Method: a
// stream server on hosts in this process; the real one is skipped without `ipfs-cluster-ctl`.

import {
  afterAll,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test as bunTest,
} from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { capturedRun } from "#test/captured-run";
import { makeTempFolder } from "#test/temp-folder";
import { openTestPeer } from "#test/test-peer";

import { runCtl } from "../../src/cli/ctl/index.ts";
import { createIdentity, type Identity } from "../../src/peer/identity.ts";
import type { Peer } from "../../src/peer/peer.ts";

setDefaultTimeout(60_000); // other programs, on a machine that may be busy

const ctl = Bun.which("ipfs-cluster-ctl");
const without = ctl === null ? " (skipped: no `ipfs-cluster-ctl` on PATH)" : "";
const secret = "aa".repeat(32);
const any = "/ip4/127.0.0.1/tcp/0";

let stack: AsyncDisposableStack;
let folder: string;
const own = createIdentity();

beforeAll(() => {
  stack = new AsyncDisposableStack();
  folder = stack.use(makeTempFolder()).path;
});

afterAll(() => stack.disposeAsync());

/** A peer of its own node, offline, in a folder of its own. */
function open(more: { readonly restapi?: object; readonly consensus?: object }): Promise<Peer> {
  const document = {
    cluster: { secret, listen_multiaddress: [any], mdns_interval: "0s" },
    ...(more.consensus && { consensus: more.consensus }),
    api: { restapi: { http_listen_multiaddress: any, ...more.restapi } },
    ipfs_connector: { embedded: {} },
    ipfs: { rpc_listen_multiaddress: any, storage_max: "1GB" },
    gateway: { listen_multiaddress: "" },
  };
  return openTestPeer(document, stack);
}

/** The section of an API that listens on a libp2p host with this key. */
function onHost({ id, privateKey }: Identity): object {
  const key = Buffer.from(privateKey).toString("base64");
  return { libp2p_listen_multiaddress: [any], id, private_key: key };
}

function doorOf(peer: Peer): string {
  return peer.libp2pDoors.find(({ name }) => name === "rest")?.addresses[0] ?? "";
}

interface Ran {
  readonly code: number;
  readonly out: string;
}

async function real(...words: string[]): Promise<Ran> {
  const child = Bun.spawn([ctl ?? "", ...words], { stdout: "pipe", stderr: "ignore" });
  const out = await new Response(child.stdout).text();
  return { code: await child.exited, out: out.trim() };
}

async function ours(...words: string[]): Promise<Ran> {
  const { code, stdout } = await capturedRun(runCtl, words);
  return { code, out: stdout.trim() };
}

describe.each([
  { name: `the real ctl${without}`, run: real, isThere: ctl !== null },
  { name: "our ctl", run: ours, isThere: true },
])("$name over libp2p-http", ({ run, isThere }) => {
  const test = isThere ? bunTest : bunTest.skip;

  test("asks, adds a large file and lists what is pinned", async () => {
    const host = doorOf(await open({ restapi: onHost(own) }));
    expect(host).toEndWith(`/p2p/${own.id}`);
    expect(await run("--host", host, "version")).toEqual({ code: 0, out: "1.1.6" });
    const file = join(folder, "large.bin");
    writeFileSync(file, Buffer.alloc(20_000_000, "some text "));
    const added = await run("--host", host, "add", "--quieter", file);
    expect(added.code).toBe(0);
    const listed = await run("--host", host, "pin", "ls");
    expect(listed.out).toContain(added.out);
    const { out } = await run("--host", host, "status", added.out);
    expect(out).toContain("PINNED");
  });

  test("hears of an add that fails on its way, which only a trailer tells", async () => {
    const host = doorOf(await open({ restapi: onHost(createIdentity()) }));
    const file = join(folder, "small");
    writeFileSync(file, "text");
    const failed = await run("--host", host, "add", "--chunker", "size-0", file);
    expect(failed).toMatchObject({ code: 2, out: expect.stringContaining("chunker size must be") });
  });

  test("meets the same gate as over HTTP", async () => {
    const credentials = { basic_auth_credentials: { user: "pass" } };
    const host = doorOf(await open({ restapi: { ...onHost(createIdentity()), ...credentials } }));
    const refused = await run("--host", host, "id");
    expect(refused.out).toContain("Code: 401");
    const letIn = await run("--host", host, "--basic-auth", "user:pass", "--force-http", "version");
    expect(letIn).toEqual({ code: 0, out: "1.1.6" });
  });

  test("comes in by the cluster's secret where the configuration is for raft, and not without", async () => {
    const host = doorOf(await open({ consensus: { raft: {} } }));
    expect(await run("--host", host, "--secret", secret, "version")).toEqual({
      code: 0,
      out: "1.1.6",
    });
    expect((await run("--host", host, "--timeout", "2", "version")).code).not.toBe(0);
  });
});

bunTest("there is no API over libp2p where nobody asked for one", async () => {
  expect((await open({})).libp2pDoors).toEqual([]);
});
