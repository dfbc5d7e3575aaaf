// Goal: keys and ids are those of Go's libp2p. Method: files that the real programs wrote, and ids that they printed.

import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { openIpfs } from "#ipfs";
import { dataFolderAt } from "#peer";
import { openStore } from "#storage";
import { makeTempFolder } from "#test/temp-folder";

import { AlreadyInitializedError, InvalidIdentityError } from "../../../src/peer/errors.ts";
import {
  loadClusterIdentity,
  loadIpfsIdentity,
  saveClusterIdentity,
} from "../../../src/peer/identity-file.ts";
import { createIdentity, type Identity, parseIdentity } from "../../../src/peer/identity.ts";
import { ensureFolder, initFolder } from "../../../src/peer/init-folder.ts";

const fixture = join(import.meta.dir, "../../fixtures/peer/identity.ipfs-cluster-1.1.6.json");

function keyText({ privateKey }: Identity): string {
  return Buffer.from(privateKey).toString("base64");
}

describe("keys", () => {
  test("an identity.json of ipfs-cluster-service loads and has its id", async () => {
    const written = JSON.parse(readFileSync(fixture, "utf8"));
    expect((await loadClusterIdentity(fixture)).id).toBe(written.id);
  });

  test("a key of `ipfs init` (Kubo 0.44.0-dev) has the id that Kubo gave it", () => {
    const privateKey =
      "CAESQGQyrh0k89H4eIPHh2/qYcMmIihrc6o37l25x7tJkcTGxtMZVGwWSR4hblIwjdg1W4WlogojBrgRJQQTFhJ9RP4=";
    expect(parseIdentity(Buffer.from(privateKey, "base64"), "config").id).toBe(
      "12D3KooWPCVbApkGcsWJDQrBH8m7fExET6bvu72CY5WpyDNHoUbo",
    );
  });

  test("CLUSTER_ID and CLUSTER_PRIVATEKEY stand for the file (recorded from ipfs-cluster-service 1.1.6)", async () => {
    const environment = {
      CLUSTER_ID: "12D3KooWSLyP9xSMkTQpBWnYL5aUfdKjoFodVeCSs1vgqFE75cVj",
      CLUSTER_PRIVATEKEY:
        "CAESQCwSk5cBlUSvjheai3MBdWd9hdBQ1Jiyg4Uu2fPnPcq59ZI7ToPkYZoNXP3WDrKA1BOwtYeAnFCw/nIUTkQm2w4=",
    };
    expect((await loadClusterIdentity("nowhere", environment)).id).toBe(environment.CLUSTER_ID);
  });

  test("a variable that does not belong to the key is named", async () => {
    const { id } = createIdentity();
    await expect(loadClusterIdentity(fixture, { CLUSTER_ID: id })).rejects.toThrow(
      `CLUSTER_ID, ${fixture}: its private_key belongs to `,
    );
    const both = { CLUSTER_ID: id, CLUSTER_PRIVATEKEY: keyText(createIdentity()) };
    await expect(loadClusterIdentity("nowhere", both)).rejects.toThrow(
      "CLUSTER_ID, CLUSTER_PRIVATEKEY: its private_key belongs to ",
    );
  });

  test("a key in the place of an id is not told", async () => {
    const key = keyText(createIdentity());
    const loading = loadClusterIdentity(fixture, { CLUSTER_ID: key });
    const failure = await loading.catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(InvalidIdentityError);
    expect(Bun.inspect(failure)).toContain("its id is no peer id");
    expect(Bun.inspect(failure)).not.toContain(key);
  });

  test("an RSA key has an id that is the SHA-256 of its public key", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const der = privateKey.export({ format: "der", type: "pkcs1" });
    const head = [0x08, 0x00, 0x12, (der.length & 127) | 128, der.length >> 7];
    const identity = parseIdentity(Buffer.concat([Buffer.from(head), der]), "test");
    expect(identity.id).toMatch(/^Qm[1-9A-HJ-NP-Za-km-z]{44}$/);
  });

  test("what is no key is refused with its place", () => {
    const place = "keys/self";
    for (const bytes of [Buffer.alloc(0), Buffer.from("nonsense"), Buffer.of(8, 1, 18, 2, 1)]) {
      expect(() => parseIdentity(bytes, place)).toThrow(place);
    }
    const broken = Buffer.from(createIdentity().privateKey);
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    expect(() => parseIdentity(broken, place)).toThrow(InvalidIdentityError);
  });

  test("survive being written and read", async () => {
    using temp = makeTempFolder();
    const { path } = temp;
    const identity = createIdentity();
    const file = join(path, "identity.json");
    await saveClusterIdentity(file, identity);
    expect(await loadClusterIdentity(file)).toEqual(identity);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("a data folder", () => {
  const options = { profile: "test", environment: {} };

  test("gets a configuration, two different keys and a peerstore, for its owner alone", async () => {
    using temp = makeTempFolder();
    const { path } = temp;
    const folder = dataFolderAt(join(path, "deep", "data"));
    const made = await initFolder(folder, options);
    expect(made.configWritten).toBe(true);
    expect(made.clusterIdentity.id).not.toBe(made.ipfsIdentity.id);
    expect((await loadIpfsIdentity(folder.ipfsKeyPath)).id).toBe(made.ipfsIdentity.id);
    const { configPath, identityPath, ipfsKeyPath, peerstorePath } = folder;
    for (const file of [configPath, identityPath, ipfsKeyPath, peerstorePath]) {
      expect(statSync(file).mode & 0o777, file).toBe(0o600);
    }
  });

  test("of the profile test has the empty folder pinned in its node, as Kubo's init does", async () => {
    using temp = makeTempFolder();
    const { path } = temp;
    await initFolder(dataFolderAt(path), options);
    await using store = await openStore(path, { engine: "log", storageMaxBytes: 1e9 });
    const identity = { id: "", publicKey: new Uint8Array(), privateKey: new Uint8Array() };
    const nodeOptions = { isOffline: true, storageMaxBytes: 1e9, repoPath: path };
    await using node = openIpfs({ store, identity }, nodeOptions);
    const pins = await Array.fromAsync(node.pins.list());
    expect(pins.map(({ cid, mode }) => `${cid.toString()} ${mode}`)).toEqual([
      "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn recursive",
    ]);
  });

  test("that exists is not changed", async () => {
    using temp = makeTempFolder();
    const { path } = temp;
    const folder = dataFolderAt(path);
    await initFolder(folder, options);
    const before = readFileSync(folder.configPath, "utf8");
    const again = await ensureFolder(folder, { ...options, profile: "server" });
    expect(again.configWritten).toBe(false);
    expect(readFileSync(folder.configPath, "utf8")).toBe(before);
    await expect(initFolder(folder, options)).rejects.toThrow(AlreadyInitializedError);
  });

  test("is left untouched by a wrong profile", async () => {
    using temp = makeTempFolder();
    const { path } = temp;
    const folder = dataFolderAt(join(path, "data"));
    const wrong = { ...options, profile: "tset" };
    await expect(initFolder(folder, wrong)).rejects.toThrow('unknown profile "tset"');
    expect(existsSync(folder.path)).toBe(false);
  });
});
