// Goal: a folder is made as ipfs-cluster-service 1.1.6 makes it, and one that it has used is known by its files. Method:
// folders that the real program made and ran in (test/fixtures/peer/go-folders; each held one pin).

import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { createLogger, silentLogger } from "#lib";
import { openOfflineState } from "#peer";
import { openKeyspaces } from "#storage";
import { prepare } from "#test/peer-folder";
import { makeTempFolder } from "#test/temp-folder";

import { loadConfig } from "../../../src/peer/config/load.ts";
import { GoStateError, InitStepError, RaftPeersError } from "../../../src/peer/errors.ts";
import { type DataFolder, dataFolderAt } from "../../../src/peer/folder.ts";
import { findGoState, kindOfStore, requireOwnState } from "../../../src/peer/go-folder/go-state.ts";
import { requireSinglePeer } from "../../../src/peer/go-folder/raft.ts";
import {
  type ClusterInitOptions,
  initClusterFolder,
} from "../../../src/peer/init-cluster-folder.ts";
import { readPeerstore } from "../../../src/peer/peerstore-file.ts";

const fixtures = join(import.meta.dir, "../../fixtures/peer/go-folders");
const stores = ["badger", "badger3", "leveldb", "pebble"] as const;
const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

function optionsOf(changes: Partial<ClusterInitOptions> = {}): ClusterInitOptions {
  return {
    environment: {},
    consensus: "crdt",
    datastore: "pebble",
    peers: [],
    hasRandomPorts: false,
    say: () => undefined,
    logger: silentLogger,
    ...changes,
  };
}

/** What a recorded folder was made with. */
async function environmentOf(name: string): Promise<Record<string, string>> {
  const { cluster } = await Bun.file(join(fixtures, name, "service.json")).json();
  return { CLUSTER_PEERNAME: cluster.peername, CLUSTER_SECRET: cluster.secret };
}

describe("a new folder", () => {
  test.each([...stores, "raft"])("has the bytes of the real one: %s", async (name) => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(join(temp.path, "new"));
    const environment = await environmentOf(name);
    const datastore = stores.find((store) => store === name) ?? "pebble";
    const consensus = name === "raft" ? "raft" : "crdt";
    await initClusterFolder(folder, optionsOf({ environment, datastore, consensus }));
    const recorded = readFileSync(join(fixtures, name, "service.json"), "utf8");
    expect(readFileSync(folder.configPath, "utf8")).toBe(recorded);
    expect(statSync(folder.configPath).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  });

  test.each([
    ["is told to be open to everybody", "", 2],
    ["is not, when it has a secret", "ab".repeat(32), 0],
  ])("%s, when it is made and when it starts", async (_what, secret, times) => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    const warnings: string[] = [];
    const write = (line: string): void => {
      if (line.includes("secret is empty")) warnings.push(line);
    };
    const logger = createLogger({ level: "warn", write, now: () => 0 });
    await initClusterFolder(folder, optionsOf({ environment: { CLUSTER_SECRET: secret }, logger }));
    await prepare(folder, { logger, mayStartEmpty: true });
    expect(warnings.length).toBe(times);
  });

  test("says what it does, and keeps the key that is there", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    await initClusterFolder(folder, optionsOf({ say }));
    const key = readFileSync(folder.identityPath, "utf8");
    await initClusterFolder(folder, optionsOf({ say }));
    expect(readFileSync(folder.identityPath, "utf8")).toBe(key);
    const written = [
      `configuration written to ${folder.configPath}.`,
      `new empty peerstore written to ${folder.peerstorePath}.`,
    ];
    const identity = `new identity written to ${folder.identityPath}`;
    expect(lines).toEqual([written[0] ?? "", identity, written[1] ?? "", ...written]);
  });

  test("trusts the peers that are named, and knows where they are", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    const peers = [`/ip4/192.0.2.1/tcp/9096/p2p/${peer}`, `/dns4/peer.example/tcp/1/ipfs/${peer}`];
    await initClusterFolder(folder, optionsOf({ peers }));
    const { settings } = await loadConfig(folder.configPath, {});
    expect(settings.consensus.crdt.trusted_peers).toEqual([peer]);
    expect(await readPeerstore(folder.peerstorePath)).toEqual({
      addresses: [peers[0] ?? "", `/dns4/peer.example/tcp/1/p2p/${peer}`],
      problems: [],
    });
  });

  test("has the peerstore that is asked for, and finds it again", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    const address = `/ip4/192.0.2.1/tcp/9096/p2p/${peer}`;
    const environment = { CLUSTER_PEERSTOREFILE: "/known" };
    await initClusterFolder(folder, optionsOf({ environment, peers: [address] }));
    const { knownPeers } = await prepare(folder, { environment });
    expect(knownPeers).toEqual([address]);
  });

  test("may name a source, listen on free ports, have a secret that was asked for", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    await initClusterFolder(folder, optionsOf({ source: "http://a/b?c&d" }));
    const text = readFileSync(folder.configPath, "utf8");
    expect(text).toBe('{\n  "source": "http://a/b?c\\u0026d"\n}');
    const secret = "5EC2E7000000000000000000000000000000000000000000000000000000BEEF";
    await initClusterFolder(folder, optionsOf({ secret, hasRandomPorts: true }));
    const { settings } = await loadConfig(folder.configPath, {});
    expect(settings.cluster.secret).toBe(secret.toLowerCase());
    expect(settings.cluster.listen_multiaddress.join(" ")).toMatch(
      /^\/ip4\/0\.0\.0\.0\/tcp\/\d+ \/ip4\/0\.0\.0\.0\/udp\/\d+\/quic$/,
    );
    expect(settings.api.restapi?.http_listen_multiaddress[0]?.port).not.toBe(9094);
  });

  test.each<[Partial<ClusterInitOptions>, string, string]>([
    [
      { environment: { CLUSTER_SECRET: "abc" } },
      "applying environment variables to configuration",
      "error loading cluster secret from config: encoding/hex: odd length hex string",
    ],
    [{ secret: "zz" }, "parsing user-provided secret", "encoding/hex: invalid byte: U+007A 'z'"],
    [
      { peers: ["nowhere"] },
      "parsing peer multiaddress: nowhere",
      'failed to parse multiaddr "nowhere": must begin with /',
    ],
    [
      { environment: { CLUSTER_ID: peer } },
      "applying environment variables to the identity",
      "identity ID does not match the private_key",
    ],
  ])("is refused with %j", async (changes, doing, problem) => {
    using temp = makeTempFolder();
    const making = initClusterFolder(dataFolderAt(temp.path), optionsOf(changes));
    const failure = await making.catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(InitStepError);
    expect(failure).toMatchObject({ doing, problem });
  });
});

/** A copy of a recorded folder, and what is found in it. */
async function openCopy(path: string, name: string) {
  cpSync(join(fixtures, name), path, { recursive: true });
  const folder = dataFolderAt(path);
  const { settings, isRaft } = await loadConfig(folder.configPath, {});
  return { folder, settings, found: await findGoState(folder, settings, isRaft) };
}

describe("a folder of the Go program", () => {
  test.each([...stores, "raft"])("is known by its files: %s", async (name) => {
    using temp = makeTempFolder();
    const { found, folder } = await openCopy(temp.path, name);
    expect(found).toEqual({ kind: name, path: join(folder.path, name) });
    expect(await kindOfStore(folder.path)).toBeUndefined();
  });

  test("may have its store under another name", async () => {
    using temp = makeTempFolder();
    const { folder, settings } = await openCopy(temp.path, "pebble");
    const { pebble = { folder: "" } } = settings.datastore;
    const renamed = { ...settings, datastore: { pebble: { ...pebble, folder: "elsewhere" } } };
    cpSync(join(fixtures, "leveldb", "leveldb"), join(folder.path, "elsewhere"), {
      recursive: true,
    });
    expect(await findGoState(folder, renamed, false)).toMatchObject({ kind: "leveldb" });
  });

  test("does not start empty, unless that is wanted, which is remembered", async () => {
    using temp = makeTempFolder();
    const { folder, found } = await openCopy(temp.path, "pebble");
    const refused = requireOwnState(folder, found, false);
    await expect(refused).rejects.toThrow(GoStateError);
    await expect(requireOwnState(folder, found, false)).rejects.toThrow(
      /ipfs-cluster-service --config .* state export[^]*pinfold --data .* state import[^]*--empty-state/,
    );
    expect(existsSync(join(folder.path, "db"))).toBe(false);
    await requireOwnState(folder, found, true);
    await requireOwnState(folder, found, false);
  });

  test("starts when it has pins of ours, also when they are gone later", async () => {
    using temp = makeTempFolder();
    const { folder, found } = await openCopy(temp.path, "leveldb");
    await (await openKeyspaces(folder.path))[Symbol.asyncDispose]();
    await expect(requireOwnState(folder, found, false)).rejects.toThrow(GoStateError);
    await importState(folder, pin);
    await requireOwnState(folder, found, false);
    await clear(folder);
    await requireOwnState(folder, found, false);
  });

  test("does not start on an import of nothing, nor exports an empty file", async () => {
    using temp = makeTempFolder();
    const { folder, found } = await openCopy(temp.path, "pebble");
    await importState(folder, "");
    await expect(requireOwnState(folder, found, false)).rejects.toThrow(GoStateError);
    await expect(exportState(folder)).rejects.toThrow(GoStateError);
    await importState(folder, pin);
    expect(await exportState(folder)).toContain(cid);
  });

  test("has an empty pinset when it was cleaned up here", async () => {
    using temp = makeTempFolder();
    const { folder, found } = await openCopy(temp.path, "raft");
    await clear(folder);
    await requireOwnState(folder, found, false);
    expect(await exportState(folder)).toBe("");
  });

  test("that has never run holds nothing", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    await initClusterFolder(folder, optionsOf());
    const { settings } = await loadConfig(folder.configPath, {});
    expect(await findGoState(folder, settings, false)).toBeUndefined();
    await requireOwnState(folder, undefined, false);
  });
});

const cid = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
const pin = JSON.stringify({ cid, name: "kept", type: "pin", mode: "recursive", max_depth: -1 });

async function importState(folder: DataFolder, text: string): Promise<void> {
  await using state = await openOfflineState(folder);
  await state.import(new Blob([text]).stream());
}

async function exportState(folder: DataFolder): Promise<string> {
  await using state = await openOfflineState(folder);
  return (await Array.fromAsync(state.export())).join("");
}

async function clear(folder: DataFolder): Promise<void> {
  await using state = await openOfflineState(folder);
  await state.clear();
}

describe("a raft configuration", () => {
  const own = "12D3KooWEkaT4fz1ZGEsZiFv3dUzRUfnSSorcun1jbrzpf2Mmba3";

  test("is one of a single peer when its data and its peerset name no other", async () => {
    using temp = makeTempFolder();
    const { folder, settings } = await openCopy(temp.path, "raft");
    await requireSinglePeer(folder, settings, { id: own, bootstrap: [] });
  });

  test("of several is refused with the way over: by the data", async () => {
    using temp = makeTempFolder();
    const { folder, settings } = await openCopy(temp.path, "raft");
    await expect(requireSinglePeer(folder, settings, { id: peer, bootstrap: [] })).rejects.toThrow(
      RaftPeersError,
    );
    await expect(requireSinglePeer(folder, settings, { id: peer, bootstrap: [] })).rejects.toThrow(
      /init --consensus crdt/,
    );
  });

  test("of several is refused with the way over: by --bootstrap", async () => {
    using temp = makeTempFolder();
    const { folder, settings } = await openCopy(temp.path, "raft");
    const self = { id: own, bootstrap: [`/ip4/192.0.2.1/tcp/9096/p2p/${peer}`] };
    await expect(requireSinglePeer(folder, settings, self)).rejects.toThrow(RaftPeersError);
  });

  test("of several is refused with the way over: by init_peerset", async () => {
    using temp = makeTempFolder();
    const folder = dataFolderAt(temp.path);
    const peers = [`/ip4/192.0.2.1/tcp/9096/p2p/${peer}`];
    await initClusterFolder(folder, optionsOf({ consensus: "raft", peers }));
    const { settings } = await loadConfig(folder.configPath, {});
    await expect(requireSinglePeer(folder, settings, { id: own, bootstrap: [] })).rejects.toThrow(
      "raft cluster of 2",
    );
  });
});
