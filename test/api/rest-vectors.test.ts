// Goal: content that is added over REST gets the CIDs that Kubo's `add` gives it, with every option that REST has.
// Method: the recorded adds whose options REST has too are uploaded with our client to a whole peer; every line is compared.

import { afterAll, beforeAll, expect, test } from "bun:test";

import { type AddedOutputJson, type AddParams, addParamsToQuery, type UploadEntry } from "#api";
import { importEntriesOf, type KuboVector, loadVectors } from "#test/kubo-vectors";
import { type NodeStack, openNodeStack } from "#test/node-stack";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const shared = new Set([
  "chunker",
  "raw-leaves",
  "cid-version",
  "hash",
  "wrap-with-directory",
  "trickle",
]);
const all = (await loadVectors("kubo-add.json")).filter(isForRest);
/** A name twice in one directory: Kubo breaks off after the first, which the recorded lines alone do not tell. */
const duplicates = all.filter(({ id }) => id.startsWith("tree-dup"));
const vectors = all.filter((vector) => !duplicates.includes(vector));

let folder: TempFolder;
let node: NodeStack;
let rest: RestStack;

beforeAll(async () => {
  folder = makeTempFolder();
  node = await openNodeStack(folder.path);
  rest = await openRestStack(node);
});

afterAll(async () => {
  await rest[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test("most recorded adds can be asked of REST", () => {
  expect(vectors.length).toBeGreaterThan(100);
});

test.each(vectors.map((vector) => [vector.id, vector] as const))(
  "%s gives what Kubo gave",
  async (_, vector) => {
    const lines = await upload(importEntriesOf(vector.entries), paramsOf(vector.query));
    const found = lines.map(({ name, cid, size }) => ({
      Name: name,
      Hash: cid ?? "",
      Size: String(size ?? 0),
    }));
    const answer = typeof vector.answer === "string" ? [] : vector.answer;
    const recorded = answer.map(({ Name, Hash = "", Size = "" }) => ({ Name, Hash, Size }));
    if (vector.truncated === true) {
      expect(found.slice(0, 3)).toEqual(recorded.slice(0, 3));
      expect(found.slice(-3)).toEqual(recorded.slice(-3));
    } else expect(found).toEqual(recorded);
    const root = recorded.at(-1)?.Hash ?? "";
    const status = await rest.client.status(root);
    expect(Object.values(status.peer_map).map((peer) => peer.status)).toEqual(["pinned"]);
  },
);

test.each(duplicates.map((vector) => [vector.id, vector] as const))(
  "%s fails and pins nothing",
  async (_, vector) => {
    const before = await Array.fromAsync(node.connector.pinList());
    const added = upload(importEntriesOf(vector.entries), paramsOf(vector.query));
    await expect(added).rejects.toThrow("directory already has entry by that name");
    expect((await Array.fromAsync(node.connector.pinList())).length).toBe(before.length);
  },
);

async function upload(
  entries: AsyncIterable<UploadEntry>,
  params: Partial<AddParams>,
): Promise<AddedOutputJson[]> {
  return Array.fromAsync(rest.client.add(entries, { params }));
}

/** Modes and times are left out: IPFS Cluster does not take them over. */
function isForRest({ status, query, entries, trailer }: KuboVector): boolean {
  const names = [...new URLSearchParams(query).keys()];
  const isPlain = entries.every((entry) => entry.goMode === undefined && entry.mtime === undefined);
  return (
    status === 200 && trailer === undefined && isPlain && names.every((name) => shared.has(name))
  );
}

function paramsOf(query: string): Partial<AddParams> {
  const given = new URLSearchParams(query);
  const flag = (name: string): boolean | undefined =>
    given.has(name) ? given.get(name) === "true" : undefined;
  const version = given.get("cid-version");
  const params = {
    chunker: given.get("chunker") ?? undefined,
    hash: given.get("hash") ?? undefined,
    cidVersion: version === null ? undefined : Number(version),
    rawLeaves: flag("raw-leaves"),
    wrapWithDirectory: flag("wrap-with-directory"),
    layout: given.get("trickle") === "true" ? ("trickle" as const) : undefined,
  };
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

test("the query of parameters names what is given, and the options of the pin, as IPFS Cluster's client does", () => {
  expect(addParamsToQuery({ layout: "trickle", cidVersion: 1 }).toString()).toBe(
    "cid-version=1&layout=trickle&mode=recursive&name=&replication-max=0&replication-min=0&shard-size=0&user-allocations=",
  );
});
