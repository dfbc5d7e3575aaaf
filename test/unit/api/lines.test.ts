// Goal: the fast lines of listings are, byte for byte, what goJson makes of the documents.
// Method: pins and statuses with every field in every shape, and random text, written both ways.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { goJson, goTime, pinInfoLine, pinInfoToJson, pinJsonLine, pinLine, pinToJson } from "#api";
import { type GlobalPinInfo, parseCid, type Pin, type PinInfo } from "#model";

const version0 = parseCid("QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN");
const version1 = parseCid("bafkreiey5jxe6ilpf62lnh77tm5ejbbmhbugzjuf6p2v3remlu73ced34q");
const peers = [
  "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M",
  "12D3KooWG4bauk9ZsU8erZRGB3zHQeBogterarT9Pxoh8erkRitq",
] as const;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "a b", '"\\/', "<&>", "\u2028\u2029", "é✓😀", "\u0000\u0007\b\f\n\r\t\u007f"),
);
const cid = fc.constantFrom(version0, version1);
const maybeCid = fc.option(cid, { nil: undefined });
const time = fc.oneof(
  fc.constantFrom(0, 1, 999, 1000, 951_782_399_000, 951_782_400_000, 4_102_444_800_000),
  fc.integer({ min: 0, max: 253_402_300_799_999 }),
);
const map = fc.dictionary(text, text, { maxKeys: 3 });
const list = fc.array(text, { maxLength: 3 });

const pin: fc.Arbitrary<Pin> = fc.record({
  cid,
  type: fc.constantFrom("data", "meta", "clusterdag", "shard"),
  mode: fc.constantFrom("recursive", "direct"),
  name: text,
  replicationFactorMin: fc.integer(),
  replicationFactorMax: fc.integer(),
  shardSize: fc.nat(),
  userAllocations: list,
  expireAt: time,
  metadata: map,
  pinUpdate: maybeCid,
  origins: list,
  allocations: list,
  maxDepth: fc.integer({ min: -1, max: 2 }),
  reference: maybeCid,
  timestamp: time,
});

const peerInfo: fc.Arbitrary<Omit<PinInfo, "peer">> = fc.record({
  peername: text,
  ipfsPeerId: fc.constantFrom("", peers[0]),
  ipfsPeerAddresses: list,
  status: fc.constantFrom("pinned", "pin_error", "unexpectedly_unpinned"),
  timestamp: time,
  error: text,
  attemptCount: fc.nat(),
  isPriority: fc.boolean(),
  progress: fc.option(
    fc.record({ blocks: fc.nat(), bytes: fc.nat(), providers: fc.nat(), waiting: text }),
    { nil: undefined },
  ),
});

const info: fc.Arbitrary<GlobalPinInfo> = fc.record({
  cid,
  name: text,
  allocations: fc.option(list, { nil: undefined }),
  origins: fc.option(list, { nil: undefined }),
  created: time,
  metadata: map,
  peers: fc
    .array(peerInfo, { maxLength: peers.length })
    .map((all) => all.map((one, index) => ({ ...one, peer: peers[index] ?? "" }))),
});

describe("a line", () => {
  test("of a pin is its document", () => {
    fc.assert(
      fc.property(pin, (value) => {
        expect(pinLine(value)).toBe(goJson(pinToJson(value, "stored")));
        for (const form of ["stored", "fresh"] as const) {
          const json = pinToJson(value, form);
          expect(pinJsonLine(json)).toBe(goJson(json));
        }
      }),
    );
  });

  test("of a status is its document", () => {
    fc.assert(
      fc.property(info, (value) => {
        expect(pinInfoLine(value)).toBe(goJson(pinInfoToJson(value)));
      }),
    );
  });
});

test("a time is written as JavaScript writes it, without trailing zeros", () => {
  fc.assert(
    fc.property(time, (ms) => {
      const wanted =
        ms === 0 ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
      expect(goTime(ms)).toBe(wanted);
    }),
    { numRuns: 1000 },
  );
});
