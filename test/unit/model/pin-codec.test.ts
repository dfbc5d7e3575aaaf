// Goal: pins are stored byte for byte as IPFS Cluster 1.1.6 stores them, and damage is told.
// Method: golden bytes and JSON made by the Go types, then what a hostile or newer writer may leave behind.

import { describe, expect, test } from "bun:test";

import { decode as decodeDigest } from "multiformats/hashes/digest";

import { parseGoTime, pinToJson } from "#api";
import {
  CID,
  codec,
  decodePin,
  encodePin,
  InvalidPinError,
  parseCid,
  peerIdBytes,
  peerIdText,
  type Pin,
  pinKey,
  type PinOptions,
} from "#model";

import vectors from "../../fixtures/cluster-vectors-1.1.6.json";

const v1 = parseCid("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
const v0 = parseCid("QmUaFyXjZUNaUwYF8rBtbJc7fEJ46aJXvgV8z2HHs6jvmJ");
const peer = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
const noOptions: PinOptions = {
  replicationFactorMin: 0,
  replicationFactorMax: 0,
  name: "",
  mode: "recursive",
  shardSize: 0,
  userAllocations: [],
  expireAt: 0,
  metadata: {},
  pinUpdate: undefined,
  origins: [],
};
const defaultPin: Pin = {
  ...noOptions,
  replicationFactorMin: -1,
  replicationFactorMax: -1,
  cid: v1,
  type: "data",
  allocations: [],
  maxDepth: -1,
  reference: undefined,
  timestamp: 1_700_000_000_000,
};
const fullPin: Pin = {
  replicationFactorMin: 2,
  replicationFactorMax: 3,
  name: "hello",
  mode: "direct",
  shardSize: 104_857_600,
  userAllocations: [],
  expireAt: 1_800_000_000_000,
  metadata: { b: "2", a: "1" },
  pinUpdate: v1,
  origins: [`/ip4/127.0.0.1/tcp/9096/p2p/${peer}`],
  cid: v0,
  type: "data",
  allocations: [peer, "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"],
  maxDepth: 0,
  reference: undefined,
  timestamp: 1_700_000_000_000,
};
const metaPin: Pin = {
  ...noOptions,
  mode: "direct",
  cid: v0,
  type: "meta",
  allocations: [],
  maxDepth: 0,
  reference: v1,
  timestamp: 1_700_000_000_000,
};
const golden = vectors.real;

describe("the pin codec", () => {
  test.each([
    ["default", defaultPin, golden["protobuf:pin default"], golden["json:exported default"]],
    ["full", fullPin, golden["protobuf:pin full"], golden["json:exported full"]],
    ["meta", metaPin, golden["protobuf:pin meta"], golden["json:exported meta"]],
  ] as const)("writes and reads the %s pin as the Go program does", (...[, pin, hex, json]) => {
    expect(Buffer.from(encodePin(pin)).toString("hex")).toBe(hex);
    const decoded = decodePin(Buffer.from(hex, "hex"));
    expect(decoded).toEqual(pin);
    expect(JSON.parse(JSON.stringify(pinToJson(decoded, "stored")))).toEqual(json);
  });

  test("reads the pin of a delta that a Go peer sent", () => {
    const block = Buffer.from(vectors.wire.crdt_block_no_links.hex, "hex");
    const value = block.subarray(block.indexOf(Buffer.from("0a2401701220c3c4", "hex")));
    const pin = decodePin(value.subarray(0, 0x4e));
    expect(pin.name).toBe("fromgo");
    expect(pin.metadata).toEqual({ a: "1", b: "2" });
    expect(pinKey(pin.cid)).toBe(vectors.wire.crdt_block_no_links.key);
  });

  test("keeps the version in the key of a pin", () => {
    expect(pinKey(v0)).toBe("/CIQFZIUMEHXOY3VYZNZV3JVX3FRMVQ6VR4IVJXMF6OM4RU6BCEXOVHI");
    expect(pinKey(v1)).toBe("/AFKREIGH2AKISCAILDCQABSYG3DFR6CHU3FGPREGIYMSCK7E7AQA4S52ZY");
  });

  test("prefers the key's CID and passes over fields that it does not know", () => {
    const unknown = Buffer.from("9a06036162639806078d0601020304", "hex");
    const bytes = Buffer.concat([encodePin(defaultPin), unknown]);
    expect(decodePin(bytes, v0)).toEqual({ ...defaultPin, cid: v0 });
  });

  test("takes the old metadata field unless the new one is there", () => {
    const old = Buffer.from("0a016f12016f", "hex"); // o → o
    const options = Buffer.concat([Buffer.from([0x32, old.length]), old]);
    const pin = Buffer.concat([
      Buffer.from("10 01 20 01 32".replaceAll(" ", ""), "hex"),
      Buffer.from([options.length]),
      options,
    ]);
    expect(decodePin(pin, v1).metadata).toEqual({ o: "o" });
  });

  test("survives metadata keys that mean something to JavaScript", () => {
    const metadata = JSON.parse('{"__proto__":"x","10":"a","9":"b"}');
    expect(decodePin(encodePin({ ...defaultPin, metadata })).metadata).toEqual(metadata);
  });

  test("keeps milliseconds, and sizes beyond 32 bits", () => {
    const pin = { ...defaultPin, timestamp: 1_700_000_000_999, shardSize: 2 ** 40 + 1 };
    const decoded = decodePin(encodePin(pin));
    expect(decoded.timestamp).toBe(1_700_000_000_999);
    expect(decoded.shardSize).toBe(2 ** 40 + 1);
    expect(parseGoTime("2023-11-14T22:13:20.999Z")).toBe(decoded.timestamp);
  });

  test("refuses every truncation of a pin, and other damage, by name", () => {
    const bytes = encodePin(fullPin);
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      // a cut between two fields is a shorter pin
      try {
        decodePin(cut);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidPinError);
      }
    }
    expect(() => decodePin(new Uint8Array())).toThrow("damaged pin of unknown cid: no cid");
    expect(() => decodePin(Buffer.from("1000", "hex"), v1)).toThrow("no known type");
    expect(() => decodePin(Buffer.from("12ff", "hex"), v1)).toThrow(InvalidPinError);
    expect(() => decodePin(Buffer.from("ffffffffffffffffffffff01", "hex"), v1)).toThrow(
      "ten bytes",
    );
  });
});

describe("peer ids", () => {
  test("are read in base58 and as CIDs, and written in base58", () => {
    const bytes = peerIdBytes(peer);
    expect(Buffer.from(bytes).toString("hex")).toStartWith("0024080112");
    expect(peerIdText(bytes)).toBe(peer);
    const key = CID.createV1(codec.libp2pKey, decodeDigest(bytes)).toString();
    expect(key).toStartWith("bafz");
    expect(peerIdBytes(key)).toEqual(bytes);
  });

  test.each(["", "xx", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "12D3"])(
    "are refused when they are none: %p",
    (text) => {
      expect(() => peerIdBytes(text)).toThrow("failed to parse peer ID");
    },
  );
});
