// Goal: CIDs and content paths are read as go-cid 0.6 and boxo's path package read them, errors included.
// Method: tables; the error texts were recorded from Kubo 0.44.0-dev and IPFS Cluster 1.1.6.

import { describe, expect, test } from "bun:test";

import { base36 as base36Encoder } from "multiformats/bases/base36";

import { decodeCid, formatContentPath, parseCid, parseContentPath } from "#model";

const v0 = "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD";
const v1 = "bafybeihykld7uyxzogax6vgyvag42y7464eywpf55gxi5qpoisibh3c5wa";

describe("parseCid", () => {
  test("reads both versions and several multibases", () => {
    expect(parseCid(v0).version).toBe(0);
    expect(parseCid(v0).toV1().toString()).toBe(v1);
    const hex = `01701220${Buffer.from(parseCid(v1).multihash.digest).toString("hex")}`;
    const base32 = v1.slice(1);
    const base36 = parseCid(v1).toString(base36Encoder).slice(1);
    for (const [prefix, body] of [
      ["f", hex],
      ["F", hex],
      ["b", base32],
      ["B", base32],
      ["k", base36],
      ["K", base36],
    ] as const) {
      // as Go reads them: the prefix says nothing of the letters' case
      for (const text of [prefix + body, prefix + body.toUpperCase()]) {
        expect(parseCid(text).equals(parseCid(v1))).toBe(true);
      }
    }
  });

  test.each([
    ["", "invalid cid: cid too short"],
    ["bad", "invalid cid: invalid cid: expected 1 as the cid version number, got: 0"],
    ["zz", "invalid cid: invalid cid: expected 1 as the cid version number, got: 57"],
    ["recover", "invalid cid: selected encoding not supported"],
    ["QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXE0", "invalid cid: input isn't valid multihash"],
    [
      "bafkreiey5jxe6ilpf62lnh77tm5ejbbmhbugzjuf6p2v3remlu73ced3!",
      "invalid cid: illegal base32 data at input byte 56",
    ],
    ["missing.txt", "invalid cid: illegal base64 data at input byte 6"],
    ["useful.x", "invalid cid: illegal base64 data at input byte 5"],
    [
      "f01551220aaaa",
      "invalid cid: invalid cid: length greater than remaining number of bytes in buffer",
    ],
    ["Fzz", "invalid cid: encoding/hex: invalid byte: U+007A 'z'"],
    ["f0155", "invalid cid: invalid cid: multihash too short. must be >= 2 bytes"],
    ["bagaaaaaaaaaaaaa", "invalid cid: invalid cid: varint not minimally encoded"],
    [
      "mAXASIBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "invalid cid: trailing bytes in data buffer passed to cid Cast",
    ],
    ["notacid", "invalid cid: selected encoding not supported"],
  ])("says what is wrong with %p", (text, message) => {
    expect(() => parseCid(text)).toThrow(message);
  });

  test("bytes after a CID are refused", () => {
    expect(() => decodeCid(Buffer.concat([parseCid(v1).bytes, Buffer.from([0])]))).toThrow(
      "invalid cid",
    );
  });
});

describe("parseContentPath", () => {
  test.each([
    [v0, `/ipfs/${v0}`],
    [`${v0}/a/b`, `/ipfs/${v0}/a/b`],
    [`/ipfs/${v1}//a/`, `/ipfs/${v1}/a`],
    [`ipfs://${v1}/a`, `/ipfs/${v1}/a`],
    [`ipfs:${v1}`, `/ipfs/${v1}`],
    ["/ipns/example.com/x", "/ipns/example.com/x"],
    ["ipns://example.com", "/ipns/example.com"],
    [`/ipld/${v1}`, `/ipld/${v1}`],
  ])("reads %p", (text, written) => {
    expect(formatContentPath(parseContentPath(text))).toBe(written);
  });

  test.each([
    ["foo", `invalid path "foo": path does not have enough components`],
    ["", `invalid path "": path does not have enough components`],
    ["/ipfs", `invalid path "/ipfs": path does not have enough components`],
    ["/ipfs/notacid", `invalid path "/ipfs/notacid": invalid cid: selected encoding not supported`],
    ["/foo/bar", `invalid path "/foo/bar": unknown namespace: "foo"`],
  ])("refuses %p", (text, message) => {
    expect(() => parseContentPath(text)).toThrow(message);
  });
});
