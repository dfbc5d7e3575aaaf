// Goal: the fast text of a CID is the text that multiformats gives. Method: property over digests, with leading zeros.

import { expect, test } from "bun:test";

import * as fc from "fast-check";
import { create } from "multiformats/hashes/digest";

import { CID, cidText, codec } from "#model";

const digestOf = (head: number, rest: Uint8Array): Uint8Array => {
  const digest = new Uint8Array(32);
  digest.set(rest.subarray(0, 32 - head), head);
  return digest;
};

test("the text of version 0 and 1 is that of multiformats", () => {
  const property = fc.property(
    fc.integer({ min: 0, max: 32 }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.integer({ min: 0, max: 70 }),
    (head, rest, size) => {
      const multihash = create(0x12, digestOf(head, rest));
      const version0 = CID.createV0(multihash);
      expect(cidText(version0)).toBe(version0.toString());
      const version1 = CID.createV1(codec.dagJson, create(0x00, new Uint8Array(size).fill(head)));
      expect(cidText(version1)).toBe(version1.toString());
      const raw = CID.createV1(codec.raw, multihash);
      expect(cidText(raw)).toBe(raw.toString());
    },
  );
  fc.assert(property, { numRuns: 300 });
});
