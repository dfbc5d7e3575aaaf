// Goal: names are published, followed, remembered and published again as Kubo's. Method: a manual clock, a network and a
// DNS in memory, which can be empty, stuck or hostile.

import { expect, test } from "bun:test";

import { parseNameId, parseNameMap, resolveNamePath } from "#ipfs";
import { parseContentPath } from "#model";
import { eventually } from "#test/eventually";
import { fixtureSelf, type NamesStack, openNamesStack } from "#test/names-stack";
import { makeTempFolder } from "#test/temp-folder";

import { nameIdOf } from "../../../src/ipfs/names/name-id.ts";
import { createRecord } from "../../../src/ipfs/names/record-create.ts";
import { formatTime } from "../../../src/ipfs/names/time.ts";

const root = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const other = "/ipfs/bafkqaaa";
const self = fixtureSelf.peer;
const hourMs = 3_600_000;
const minuteMs = 60_000;

/** A record of the node's own key, as if it had been signed elsewhere. */
function recordOf(
  stack: NamesStack,
  changed: { readonly sequence: bigint; readonly value?: string; readonly lifetimeMs?: number },
): Promise<Uint8Array> {
  const { sequence, value = other, lifetimeMs = hourMs } = changed;
  const validity = formatTime(stack.clock.now() + lifetimeMs);
  const key = { name: "self", ...fixtureSelf };
  return createRecord(key, { value, sequence, validity, ttlMs: minuteMs, isV1Compatible: true });
}

test("a published name leads to its value, by any spelling, and below it", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names } = stack;
  const published = await names.publish(root);
  expect(published).toEqual({ peer: self, value: root, sequence: 0n });
  const { text } = parseNameId(self);
  for (const name of [self, text, `/ipns/${text}`, `ipns://${text}`]) {
    expect((await names.resolve(name)).path).toBe(root);
  }
  expect((await names.resolve(`/ipns/${self}/a/./b/../c/`)).path).toBe(`${root}/a/c/`);
  expect(await names.resolve(self)).toEqual({ path: root, ttlMs: 5 * minuteMs });
  const path = await resolveNamePath(names, parseContentPath(`/ipns/${self}/a`));
  expect(path).toEqual(parseContentPath(`${root}/a`));
  const untouched = parseContentPath(root);
  expect(await resolveNamePath(names, untouched)).toBe(untouched);
});

test("the sequence grows with the value, and not without it", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names } = stack;
  const publish = async (value: string, sequence?: bigint): Promise<bigint> =>
    (await names.publish(value, sequence === undefined ? {} : { sequence })).sequence;
  expect(await publish(root)).toBe(0n);
  expect(await publish(root)).toBe(0n);
  expect(await publish(other)).toBe(1n);
  expect(await publish(other, 7n)).toBe(7n);
  const message = "sequence number must be greater than the current record sequence";
  await expect(publish(root, 7n)).rejects.toThrow(message);
  expect(await publish(root)).toBe(8n);
  expect((await names.resolve(self)).path).toBe(root);
});

test("names that are published at once get one sequence after the other", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const values = Array.from({ length: 10 }, (_, index) => `${root}/${index}`);
  const published = await Promise.all(values.map((value) => stack.names.publish(value)));
  expect(published.map(({ sequence }) => sequence)).toEqual(
    values.map((_, index) => BigInt(index)),
  );
  expect((await stack.names.resolve(self)).path).toBe(`${root}/9`);
});

test("a first record follows the one that the network has", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { routingKey } = parseNameId(self);
  await stack.network.routing.putRecord(routingKey, await recordOf(stack, { sequence: 41n }));
  expect((await stack.names.publish(root)).sequence).toBe(42n);
});

test("without a network a name is published only when that is allowed, and leads all the same", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { isOffline: true });
  const { names, datastore } = stack;
  await expect(names.publish(root)).rejects.toThrow(
    "can't publish while offline: pass `--allow-offline` to override",
  );
  await names.publish(root, { isOfflineAllowed: true });
  expect((await names.resolve(self)).path).toBe(root);
  expect((await names.resolve(self, { isCacheSkipped: true })).path).toBe(root);
  await using again = openNamesStack(folder.path, { isOffline: true, datastore });
  expect((await again.names.resolve(self)).path).toBe(root);
  expect((await again.names.publish(other, { isOfflineAllowed: true })).sequence).toBe(1n);
});

test("with nobody to take it a record is kept, and sent when there is somebody", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, network, clock } = stack;
  network.isEmpty = true;
  await names.publish(root);
  expect(network.puts).toEqual([]);
  network.isEmpty = false;
  await eventually(() => clock.next !== undefined);
  clock.advance(minuteMs);
  await eventually(() => network.puts.length === 1);
});

test("nothing is published when it cannot be kept", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  stack.datastore.problem = new Error("disk full");
  await expect(stack.names.publish(root)).rejects.toThrow("disk full");
  expect(stack.network.puts).toEqual([]);
  stack.datastore.problem = undefined;
  await expect(stack.names.resolve(self)).rejects.toThrow("could not resolve name");
  expect((await stack.names.publish(root)).sequence).toBe(0n);
});

test("a path that is none, and a key that there is not, are refused", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names } = stack;
  await expect(names.publish("/ipfs/nope")).rejects.toThrow('invalid path "/ipfs/nope"');
  await expect(names.publish("/x/y")).rejects.toThrow("unknown namespace");
  await expect(names.publish(root, { key: "nope" })).rejects.toThrow("no key by the given name");
});

test("a key that is longer than its name goes to the network too", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { peer } = await stack.keys.generate("rsa", { type: "rsa" });
  await stack.names.publish(root, { key: "rsa" });
  const kinds = stack.network.puts.map(({ key }) =>
    Buffer.from(key).toString("latin1").slice(0, 6),
  );
  expect(kinds.toSorted()).toEqual(["/ipns/", `/pk/\u0012 `]);
  await using reader = openNamesStack(`${folder.path}/reader`, { network: stack.network });
  expect((await reader.names.resolve(peer)).path).toBe(root);
});

test("another node's name is found in the network, and remembered for its TTL", async () => {
  using folder = makeTempFolder();
  await using writer = openNamesStack(`${folder.path}/writer`);
  const { network, clock } = writer;
  const { peer } = await writer.keys.generate("k");
  await writer.names.publish(root, { key: "k", ttlMs: minuteMs });
  await using reader = openNamesStack(`${folder.path}/reader`, { network, clock });
  const resolve = async (): Promise<string> => (await reader.names.resolve(peer)).path;
  const before = network.searches;
  expect(await resolve()).toBe(root);
  await writer.names.publish(other, { key: "k" });
  clock.advance(minuteMs - 1);
  expect((await reader.names.resolve(peer)).ttlMs).toBe(1);
  expect(network.searches).toBe(before + 1);
  expect((await reader.names.resolve(peer, { isCacheSkipped: true })).path).toBe(other);
  clock.advance(1);
  expect(await resolve()).toBe(other);
});

test("what is published replaces what was remembered", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  await stack.names.publish(root);
  expect((await stack.names.resolve(self)).path).toBe(root);
  await stack.names.publish(other);
  expect((await stack.names.resolve(self)).path).toBe(other);
});

test("the least used answer is forgotten first", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { options: { cacheSize: 2 } });
  const { dns, names } = stack;
  dns.ttlMs = hourMs;
  for (const name of ["a", "b", "c"]) dns.texts.set(`_dnslink.${name}.`, [`dnslink=${root}`]);
  for (const name of ["a", "b", "a", "c", "a", "b"]) await names.resolve(name);
  expect(dns.asked.map((domain) => domain.at(9))).toEqual(["a", "b", "c", "b"]);
});

test("a record does not outlive its validity, not even in memory", async () => {
  using folder = makeTempFolder();
  const options = { republishPeriodMs: 0 };
  await using stack = openNamesStack(folder.path, { options });
  const { names, clock } = stack;
  await names.publish(root, { lifetimeMs: minuteMs, ttlMs: minuteMs });
  clock.advance(minuteMs - 1000);
  expect(await names.resolve(self)).toEqual({ path: root, ttlMs: 1000 });
  clock.advance(1001);
  await expect(names.resolve(self)).rejects.toThrow("could not resolve name");
  // and its successor is still its successor
  expect((await names.publish(other)).sequence).toBe(1n);
});

test("records of a hostile network are not believed", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, network } = stack;
  const { peer } = await stack.keys.generate("k");
  const good = await recordOf(stack, { sequence: 3n });
  const newer = await recordOf(stack, { sequence: 4n, value: root });
  const forged = Buffer.from(newer);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const old = await recordOf(stack, { sequence: 9n, lifetimeMs: -1 });
  network.answers = [Buffer.alloc(20_000), forged, old, Buffer.from("x"), new Uint8Array()];
  await expect(names.resolve(self)).rejects.toThrow("could not resolve name");
  network.answers = [forged, good, old];
  expect((await names.resolve(self)).path).toBe(other);
  await expect(names.resolve(peer)).rejects.toThrow("could not resolve name");
  network.answers = [good, newer, good];
  const seen: string[] = [];
  for await (const { path } of names.resolveStream(self, { isCacheSkipped: true })) seen.push(path);
  expect(seen).toEqual([other, root]);
});

test("a search that does not end gives what is here when its time is over", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { options: { republishPeriodMs: 0 } });
  const { names, network, clock } = stack;
  await names.publish(root);
  network.isStuck = true;
  const resolving = names.resolve(self, { isCacheSkipped: true });
  await eventually(() => network.searches === 1 && clock.next !== undefined);
  clock.advance(minuteMs);
  expect((await resolving).path).toBe(root);
  const { peer } = await stack.keys.generate("k");
  const failing = names.resolve(peer, { timeoutMs: 5000 });
  failing.catch(() => undefined);
  await eventually(() => network.searches === 2 && clock.next !== undefined);
  clock.advance(5000);
  await expect(failing).rejects.toThrow("could not resolve name");
  expect(clock.next).toBeUndefined();
});

test("callers who ask for a name at the same time share one search, and it ends with the last of them", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { options: { republishPeriodMs: 0 } });
  const { names, network, clock } = stack;
  network.isStuck = true;
  const leave = [new AbortController(), new AbortController()];
  const asking = leave.map(({ signal }) => names.resolve(self, { signal }));
  for (const one of asking) one.catch(() => undefined);
  await eventually(() => network.searches === 1 && clock.next !== undefined);
  leave[0]?.abort(new Error("the first left"));
  await expect(asking[0]).rejects.toThrow("the first left");
  expect(clock.next).toBeDefined();
  leave[1]?.abort(new Error("the last left"));
  await expect(asking[1]).rejects.toThrow("the last left");
  await eventually(() => clock.next === undefined);
  expect(network.searches).toBe(1);
});

test("so many names are looked up at once and no more", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { options: { republishPeriodMs: 0 } });
  const { names, network } = stack;
  network.isStuck = true;
  const leave = new AbortController();
  const key = parseNameId(self).bytes;
  const asking = Array.from({ length: 257 }, (_, index) => {
    const bytes = Buffer.from(key);
    bytes.writeUInt16BE(index, bytes.length - 2);
    return names.resolve(nameIdOf(bytes).text, { signal: leave.signal });
  });
  const settled = Promise.allSettled(asking);
  await expect(asking[256]).rejects.toThrow("too many names are looked up at once");
  leave.abort(new Error("left"));
  const reasons = (await settled).map((one) =>
    one.status === "rejected" ? String(one.reason) : "",
  );
  expect(reasons.filter((reason) => reason === "Error: left")).toHaveLength(256);
});

test("names of names are followed, 32 deep", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, dns } = stack;
  const chain = (length: number): void => {
    for (let index = 0; index < length; index += 1) {
      const next = index + 1 < length ? `/ipns/n${index + 1}.example/${index}` : root;
      dns.texts.set(`_dnslink.n${index}.example.`, [`dnslink=${next}`]);
    }
  };
  dns.ttlMs = 0;
  chain(32);
  const rest = Array.from({ length: 31 }, (_, index) => 30 - index).join("/");
  expect((await names.resolve("n0.example")).path).toBe(`${root}/${rest}`);
  chain(33);
  await expect(names.resolve("n0.example")).rejects.toThrow(
    "could not resolve name (recursion limit exceeded)",
  );
  const once = await names.resolve("n0.example", { isRecursive: false });
  expect(once.path).toBe("/ipns/n1.example/0");
  const stream = names.resolveStream("n0.example");
  await expect(Array.fromAsync(stream)).rejects.toThrow("recursion limit exceeded");
});

test("names that lead in a circle are an end", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, dns } = stack;
  dns.texts.set("_dnslink.loop.example.", ["dnslink=/ipns/loop.example"]);
  await names.publish("/ipns/b.example");
  dns.texts.set("_dnslink.b.example.", [`dnslink=/ipns/${self}`]);
  for (const name of ["loop.example", "b.example", self]) {
    await expect(names.resolve(name)).rejects.toThrow("recursion limit exceeded");
    await expect(Array.fromAsync(names.resolveStream(name))).rejects.toThrow("recursion limit");
  }
  expect(dns.asked.length).toBeLessThan(5);
});

test("a DNSLink is the one TXT record with a path", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, dns } = stack;
  const of = async (...texts: readonly string[]): Promise<string> => {
    dns.texts.set("_dnslink.example.org.", texts);
    return (await names.resolve("/ipns/example.org/x", { isCacheSkipped: true })).path;
  };
  expect(await of("v=spf1", `dnslink=${root}`, "dnslink=nonsense")).toBe(`${root}/x`);
  expect(await of(`dnslink=${root}/a/`)).toBe(`${root}/a/x`);
  expect(await of(root)).toBe(`${root}/x`);
  expect(await of(`dnslink=${root.slice(6)}`)).toBe(`${root}/x`);
  expect(await of(root.slice(6))).toBe(`${root}/x`);
  const failed =
    'DNSLink lookup for "example.org." failed: could not resolve name: DNSLink lookup ';
  const none = `${failed}could not find a TXT record (https://docs.ipfs.tech/concepts/dnslink/)`;
  for (const texts of [[], ["v=spf1"], ["dnslink=/ipld/bafkqaaa"], ["dnslink="]]) {
    await expect(of(...texts)).rejects.toThrow(none);
  }
  await expect(of(`dnslink=${root}`, other)).rejects.toThrow(
    `${failed}returned more than one IPFS content path; ask domain owner to remove duplicate TXT records`,
  );
});

test("what is neither a key nor a domain is no name", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, dns } = stack;
  const refused = async (name: string, message: string): Promise<void> => {
    await expect(names.resolve(name)).rejects.toThrow(message);
  };
  await refused("a..b", 'cannot resolve: "/ipns/a..b"');
  await refused("x".repeat(64), "cannot resolve");
  await refused(`${"x".repeat(60)}.`.repeat(5), "cannot resolve");
  await refused("", 'invalid path "/ipns/": path does not have enough components');
  await refused(root, `"${root}" is not an IPNS name`);
  await refused("/x/y", 'unknown namespace: "x"');
  expect(dns.asked).toEqual([]);
  await expect(names.getRecord("nope")).rejects.toThrow("failed to parse peer ID");
});

test("static names lead where they say, whatever DNS says", async () => {
  using folder = makeTempFolder();
  const staticNames = parseNameMap(`Static.example:${root},two.example:/ipns/static.example/x`);
  await using stack = openNamesStack(folder.path, { options: { staticNames } });
  const { names, dns } = stack;
  expect((await names.resolve("static.example")).path).toBe(root);
  expect((await names.resolve("/ipns/two.example/y/")).path).toBe(`${root}/x/y/`);
  const skipped = await names.resolve("two.example", { isCacheSkipped: true });
  expect(skipped.path).toBe(`${root}/x`);
  expect(dns.asked).toEqual([]);
  expect(() => parseNameMap("x")).toThrow('name map: expected NAME:PATH, got "x"');
  expect(() => parseNameMap("x:/y/z")).toThrow("unknown namespace");
  expect(parseNameMap("").size).toBe(0);
});

test("an answer holds as long as its shortest link", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, dns } = stack;
  await names.publish(root, { ttlMs: 30_000 });
  dns.texts.set("_dnslink.example.org.", [`dnslink=/ipns/${self}`]);
  dns.ttlMs = 90_000;
  expect((await names.resolve("example.org")).ttlMs).toBe(30_000);
  dns.ttlMs = 10_000;
  expect((await names.resolve("example.org", { isCacheSkipped: true })).ttlMs).toBe(10_000);
});
