// Goal: TXT records come from the resolver that the configuration names, and no server can do harm. Method: a DNS server
// over UDP and one over HTTPS (RFC 8484) in this process, honest and hostile.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";

import { createSystemTxtLookup, createTxtLookup, type TxtLookup } from "#ipfs";
import { systemClock } from "#lib";
import { eventually } from "#test/eventually";
import { ManualClock } from "#test/manual-clock";

import { decodeTxtAnswer, encodeTxtQuery } from "../../../src/ipfs/names/dns-message.ts";

const text = "dnslink=/ipfs/bafkqaaa";

interface Zone {
  readonly texts?: readonly string[];
  readonly ttlSeconds?: number;
  readonly code?: number;
}

const record = (type: number, ttl: number, data: Uint8Array): Buffer => {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
};

const strings = (one: string): Buffer => {
  const parts = one.match(/.{1,255}/gs) ?? [""];
  return Buffer.concat(parts.flatMap((part) => [Buffer.of(part.length), Buffer.from(part)]));
};

/** An answer to a question, with a record of another type and a name that points back. */
function answer(query: Uint8Array, { texts = [], ttlSeconds = 60, code = 0 }: Zone): Buffer {
  const question = Buffer.from(query.subarray(12));
  const end = question.indexOf(0) + 5;
  const header = Buffer.alloc(12);
  header.set(query.subarray(0, 2));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(texts.length + 1, 6);
  const records = texts.map((one) => record(16, ttlSeconds, strings(one)));
  const alias = record(5, 1, Buffer.from([1, 0x61, 0]));
  return Buffer.concat([header, question.subarray(0, end), alias, ...records]);
}

let udp: Socket;
let server: string;
/** Questions that the server over UDP does not answer. */
let unanswered = 0;

beforeAll(async () => {
  udp = createSocket("udp4");
  udp.on("message", (query, { port, address }) => {
    const name = query.toString("latin1");
    if (name.includes("silent")) {
      unanswered += 1;
      return;
    }
    const zone = name.includes("here")
      ? { texts: ["x".repeat(300), text] }
      : { code: name.includes("broken") ? 2 : 3 };
    udp.send(answer(query, zone), port, address);
  });
  await new Promise<void>((resolve) => {
    udp.bind(0, "127.0.0.1", resolve);
  });
  server = `127.0.0.1:${udp.address().port}`;
});

afterAll(() => {
  udp.close();
});

test("the system's resolver joins the strings of a record, and knows no TTL", async () => {
  const lookup = createSystemTxtLookup([server]);
  expect(await lookup("_dnslink.here.example")).toEqual({
    texts: ["x".repeat(300), text],
    ttlMs: undefined,
  });
  expect(await lookup("_dnslink.gone.invalid")).toEqual({ texts: [], ttlMs: undefined });
});

test("a server that fails is an error, not an empty answer", async () => {
  const lookup = createSystemTxtLookup([server]);
  await expect(lookup("_dnslink.broken.example")).rejects.toThrow("lookup _dnslink.broken.example");
});

test("a lookup that nobody waits for any more is given up", async () => {
  const lookup = createSystemTxtLookup([server]);
  const leave = new AbortController();
  const looking = lookup("silent.example", { signal: leave.signal });
  looking.catch(() => undefined);
  await eventually(() => unanswered > 0);
  leave.abort(new Error("left"));
  await expect(looking).rejects.toThrow("left");
});

/** A server over HTTPS that answers whatever it is told to. */
function openServer(respond: (query: Uint8Array, request: Request) => Response): {
  readonly url: string;
} & Disposable {
  const http = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => respond(await request.bytes(), request),
  });
  return {
    url: `http://127.0.0.1:${http.port}/dns-query`,
    [Symbol.dispose]: () => void http.stop(true),
  };
}

const headers = { "content-type": "application/dns-message" };

const refuse: TxtLookup = () => Promise.reject(new Error("the system's resolver was asked"));

function lookupOver(
  resolvers: Readonly<Record<string, string>>,
  fallback: TxtLookup = refuse,
): TxtLookup {
  return createTxtLookup({ clock: systemClock, fetch, system: fallback }, resolvers);
}

test("DNS over HTTPS is asked as RFC 8484 says, and tells the TTL", async () => {
  const asked: string[] = [];
  using doh = openServer((query, request) => {
    asked.push(`${request.method} ${request.headers.get("content-type")}`);
    asked.push(Buffer.from(query).toString("latin1"));
    return new Response(answer(query, { texts: [text, "y".repeat(600)], ttlSeconds: 90 }), {
      headers,
    });
  });
  const found = await lookupOver({ ".": doh.url })("_dnslink.example.org.");
  expect(found).toEqual({ texts: [text, "y".repeat(600)], ttlMs: 90_000 });
  expect(asked[0]).toBe("POST application/dns-message");
  expect(asked[1]).toEndWith("\u0008_dnslink\u0007example\u0003org\u0000\u0000\u0010\u0000\u0001");
});

function serving(label: string): ReturnType<typeof openServer> {
  return openServer((query) => new Response(answer(query, { texts: [label] }), { headers }));
}

const system: TxtLookup = () => Promise.resolve({ texts: ["system"], ttlMs: undefined });

test("the longest domain that fits chooses the resolver", async () => {
  using all = serving("all");
  using eth = serving("eth");
  using special = serving("special");
  const resolvers = { ".": all.url, "eth.": eth.url, "a.ETH": special.url, "local.": "" };
  const lookup = lookupOver(resolvers, system);
  const of = async (domain: string): Promise<string | undefined> => (await lookup(domain)).texts[0];
  expect(await of("_dnslink.example.org.")).toBe("all");
  expect(await of("_dnslink.x.eth")).toBe("eth");
  expect(await of("_dnslink.aeth")).toBe("all");
  expect(await of("_dnslink.b.a.eth.")).toBe("special");
  expect(await of("_dnslink.printer.local.")).toBe("system");
  expect((await lookupOver({ "eth.": eth.url }, system)("example.org")).texts).toEqual(["system"]);
});

test("a resolver that is no URL of HTTPS is refused, but for this machine", () => {
  expect(() => lookupOver({ ".": "http://example.org/dns-query" })).toThrow("bad resolver for .");
  expect(() => lookupOver({ "eth.": "dns.example" })).toThrow('got "dns.example"');
  lookupOver({ ".": "https://example.org/dns-query", "eth.": "http://[::1]:53/" });
});

test("a server that answers something else is an error", async () => {
  const refused = async (respond: (query: Uint8Array) => Response, message: string) => {
    using doh = openServer(respond);
    await expect(lookupOver({ ".": doh.url })("example.org")).rejects.toThrow(message);
  };
  await refused(() => new Response("no", { status: 503 }), "answered 503");
  await refused((query) => new Response(answer(query, {})), "answered 200 of type");
  await refused(() => new Response("", { headers }), "is no DNS message");
  await refused((query) => new Response(query, { headers }), "is a question");
  await refused((query) => new Response(answer(query, { code: 2 }), { headers }), "with code 2");
  await refused(() => new Response(new Uint8Array(70_000), { headers }), "more than 65536 bytes");
  await expect(lookupOver({ ".": "http://127.0.0.1:1/" })("example.org")).rejects.toThrow(
    "cannot reach http://127.0.0.1:1/",
  );
  using none = openServer((query) => new Response(answer(query, { code: 3 }), { headers }));
  expect((await lookupOver({ ".": none.url })("example.org")).texts).toEqual([]);
});

test("a server that never answers is given up", async () => {
  const clock = new ManualClock();
  const signals: AbortSignal[] = [];
  const stuck = (_url: string, { signal }: RequestInit): Promise<Response> => {
    if (signal) signals.push(signal);
    return new Promise(() => undefined);
  };
  const lookup = createTxtLookup(
    { clock, fetch: stuck, system: refuse },
    { ".": "https://dns.example/" },
  );
  const looking = lookup("example.org");
  looking.catch(() => undefined);
  await eventually(() => clock.next !== undefined);
  clock.advance(10_000);
  await expect(looking).rejects.toThrow("context deadline exceeded");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("no answer, however damaged, does more than fail", () => {
  const whole = answer(encodeTxtQuery("_dnslink.example.org"), { texts: [text, "z".repeat(700)] });
  expect(decodeTxtAnswer(whole).texts).toEqual([text, "z".repeat(700)]);
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => decodeTxtAnswer(whole.subarray(0, length))).toThrow("DNS server's answer");
  }
  for (const at of whole.keys()) {
    for (const byte of [0, 0x3f, 0xc0, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = byte;
      try {
        expect(decodeTxtAnswer(damaged).texts.length).toBeLessThanOrEqual(256);
      } catch (thrown) {
        expect(String(thrown)).toContain("DNS server");
      }
    }
  }
  const endless = Buffer.alloc(65_000, 1);
  endless.writeUInt16BE(0x8000, 2);
  expect(() => decodeTxtAnswer(endless)).toThrow("does not end");
});
