// Goal: the REST contract reads and writes as IPFS Cluster 1.1.6 does: JSON, times, options, filters, uploads.
// Method: examples with the Go program's answers, and round trips of generated options.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import {
  addParamsToQuery,
  encodeUpload,
  goJson,
  goMap,
  goTime,
  parseAddParams,
  parseGoTime,
  parsePinOptions,
  parsePinTypeFilter,
  parseStatusFilter,
  pinOptionsToQuery,
} from "#api";
import { parseCid, type PinOptions, trackerStatusBits } from "#model";

const now = Date.parse("2026-11-21T01:00:00.250Z");
const peer = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

function options(query: string): PinOptions {
  return parsePinOptions(new URLSearchParams(query), now);
}

describe("JSON as Go writes it", () => {
  test("ends in a newline and escapes what HTML and scripts care for", () => {
    expect(goJson({ a: "<b>&\u2028\u2029ü" })).toBe(
      '{"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029ü"}\n',
    );
  });

  test("sorts maps by bytes, keeps the order of fields, leaves out what is undefined", () => {
    const map = goMap([
      ["b", 1],
      ["10", 2],
      ["9", 3],
      ["é", 4],
      ["__proto__", 5],
    ]);
    expect(goJson({ z: map, a: undefined, b: null })).toBe(
      '{"z":{"10":2,"9":3,"__proto__":5,"b":1,"é":4},"b":null}\n',
    );
  });

  test("writes integers beyond 2^53 in full", () => {
    expect(goJson([1_795_222_863_060_234_914n])).toBe("[1795222863060234914]\n");
  });

  test("is JSON.stringify with escapes for everything else", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(goJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("times", () => {
  test.each([
    [0, "0001-01-01T00:00:00Z"],
    [1_700_000_000_000, "2023-11-14T22:13:20Z"],
    [1_700_000_000_500, "2023-11-14T22:13:20.5Z"],
    [1_700_000_000_050, "2023-11-14T22:13:20.05Z"],
    [1_700_000_010_000, "2023-11-14T22:13:30Z"],
  ])("%i is %s, and back", (ms, text) => {
    expect(goTime(ms)).toBe(text);
    expect(parseGoTime(text)).toBe(ms);
  });

  test.each([
    "",
    "x",
    "2023-11-14",
    "2023-11-14T22:13:20",
    "2023-02-30T00:00:00Z",
    "2023-11-14T22:13:20Zx",
    "2023-11-14T22:13:20+24:00",
    "2023-11-14T22:13:20-01:60",
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:59.5Z",
  ])("%p is none", (text) => {
    expect(parseGoTime(text)).toBeUndefined();
  });

  test("in another zone is the same moment", () => {
    expect(parseGoTime("2023-11-14T23:13:20.000000001+01:00")).toBe(1_700_000_000_000);
  });
});

describe("pin options", () => {
  test("are at their defaults without a query", () => {
    expect(options("")).toEqual({
      name: "",
      mode: "recursive",
      replicationFactorMin: 0,
      replicationFactorMax: 0,
      shardSize: 0,
      userAllocations: [],
      expireAt: 0,
      metadata: {},
      pinUpdate: undefined,
      origins: [],
    });
  });

  test("are read as the Go program reads them", () => {
    expect(options("replication=2&replication-min=5&mode=nonsense")).toMatchObject({
      replicationFactorMin: 2,
      replicationFactorMax: 2,
      mode: "recursive",
    });
    expect(options(`user-allocations=junk,${peer},`).userAllocations).toEqual([peer]);
    expect(options("expire-in=1h").expireAt).toBe(now + 3_600_000);
    expect(options("expire-at=2030-01-01T00:00:00Z&expire-in=1h").expireAt).toBe(
      Date.parse("2030-01-01T00:00:00Z"),
    );
    expect(options("meta-Key=v&meta-=no&meta-Key=second").metadata).toEqual({ Key: "v" });
  });

  test.each([
    ["replication=x", "parameter replication-min invalid"],
    ["replication-max=1.5", "parameter replication-max invalid"],
    ["shard-size=-1", "parameter shard_size is invalid"],
    ["expire-in=10ms", "expire-in duration too short"],
    ["expire-in=x", 'expire-in cannot be parsed: time: invalid duration "x"'],
    ["expire-in=5", 'expire-in cannot be parsed: time: missing unit in duration "5"'],
    ["expire-in=2562048h", 'expire-in cannot be parsed: time: invalid duration "2562048h"'],
    [
      "expire-at=2030-01-01T00:00:00%2B99:00",
      'expire-at cannot be parsed: parsing time "2030-01-01T00:00:00+99:00": time zone offset hour out of range',
    ],
    [
      "expire-at=2023-13-01T00:00:00Z",
      'expire-at cannot be parsed: parsing time "2023-13-01T00:00:00Z": month out of range',
    ],
    ["pin-update=zz", "error decoding update option parameter: invalid cid: "],
    [
      "origins=/ip4/1.2.3.4/tcp/1",
      "multiaddress does not contain peer ID: protocol not found in multiaddr",
    ],
    ["origins=bad", "error decoding multiaddress: "],
  ])("%s is refused: %s", (query, message) => {
    expect(() => options(query)).toThrow(message);
  });

  test("survive the way through a query", () => {
    const seconds = fc.integer({ min: 1, max: 4_000_000_000 }).map((value) => value * 1000);
    const arbitrary = fc.record({
      name: fc.string({ unit: "grapheme" }),
      mode: fc.constantFrom("recursive" as const, "direct" as const),
      replicationFactorMin: fc.integer({ min: -1, max: 50 }),
      replicationFactorMax: fc.integer({ min: -1, max: 50 }),
      shardSize: fc.nat(),
      userAllocations: fc.constantFrom([], [peer]),
      expireAt: fc.oneof(fc.constant(0), seconds),
      metadata: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
      pinUpdate: fc.constantFrom(
        undefined,
        parseCid("QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"),
      ),
      origins: fc.constantFrom([], [`/ip4/1.2.3.4/tcp/1/p2p/${peer}`]),
    });
    fc.assert(
      fc.property(arbitrary, (wanted) => {
        const read = options(pinOptionsToQuery(wanted).toString());
        expect({ ...read, metadata: { ...read.metadata } }).toEqual({
          ...wanted,
          metadata: { ...wanted.metadata },
        });
      }),
    );
  });
});

describe("add parameters", () => {
  test("keep what decides CIDs open unless it was given", () => {
    expect(parseAddParams(new URLSearchParams("mode=direct"), now)).toMatchObject({
      pin: { mode: "recursive" },
      format: "unixfs",
      layout: "balanced",
      chunker: "size-262144",
      hash: "sha2-256",
      cidVersion: undefined,
      rawLeaves: undefined,
      streamChannels: true,
      noPin: false,
    });
  });

  test.each([
    ["layout=bad", "layout parameter is invalid"],
    ["format=bad", "format parameter is invalid"],
    ["cid-version=x", "parameter cid-version invalid"],
    ["hidden=yes", "parameter hidden invalid"],
    ["name=n&stream-channels=2", "parameter stream-channels invalid"],
  ])("%s is refused: %s", (query, message) => {
    expect(() => parseAddParams(new URLSearchParams(query), now)).toThrow(message);
  });

  test("survive the way through a query", () => {
    const params = parseAddParams(
      new URLSearchParams("layout=trickle&cid-version=1&raw-leaves=F&no-pin=T&local=1&name=n"),
      now,
    );
    expect(params).toMatchObject({
      layout: "trickle",
      cidVersion: 1,
      rawLeaves: false,
      noPin: true,
    });
    expect(parseAddParams(addParamsToQuery(params), now)).toEqual(params);
  });
});

describe("filters", () => {
  test("of statuses take what they know", () => {
    expect(parseStatusFilter("")).toBe(0);
    expect(parseStatusFilter("pinned, junk")).toBe(trackerStatusBits.pinned);
    expect(parseStatusFilter("error,queued")).toBe(2 | 4 | 8 | 512 | 1024);
    for (const nothing of ["junk", "undefined", "constructor"]) {
      expect(() => parseStatusFilter(nothing)).toThrow("invalid filter value");
    }
  });

  test("of pin types take what they know", () => {
    expect(parsePinTypeFilter("")).toBeUndefined();
    expect(parsePinTypeFilter("pin,all")).toBeUndefined();
    expect([...(parsePinTypeFilter("meta-pin,junk") ?? [])]).toEqual(["meta"]);
    expect(() => parsePinTypeFilter("junk")).toThrow("invalid filter value");
  });
});

describe("an upload", () => {
  test("is a form with one part an entry", async () => {
    const content = (async function* () {
      yield Buffer.from("hi\n");
    })();
    const { contentType, bytes } = encodeUpload(
      [
        { path: "d", type: "directory", mode: 0o755, mtime: { seconds: 1, nanoseconds: 2 } },
        { path: 'd/a "b".txt', type: "file", content },
        { path: "d/l", type: "symlink", target: "x" },
      ],
      { boundary: "BB" },
    );
    expect(contentType).toBe("multipart/form-data; boundary=BB");
    expect(
      Buffer.concat(await Array.fromAsync(bytes))
        .toString()
        .split("\r\n"),
    ).toEqual([
      "--BB",
      'Content-Disposition: form-data; name="file?mode=0755&mtime=1&mtime-nsecs=2"; filename="d"',
      "Content-Type: application/x-directory",
      "",
      "",
      "--BB",
      'Content-Disposition: form-data; name="file"; filename="d%2Fa%20%22b%22.txt"',
      "Content-Type: application/octet-stream",
      "",
      "hi\n",
      "--BB",
      'Content-Disposition: form-data; name="file"; filename="d%2Fl"',
      "Content-Type: application/symlink",
      "",
      "x",
      "--BB--",
      "",
    ]);
  });
});
