// Goal: what the pinning service takes, and in which words it refuses the rest. Method: queries and bodies as text; the words
// of json errors are Go's (encoding/json 1.24).

import { describe, expect, test } from "bun:test";

import { parseListQuery } from "../../../src/http/pinning/list-query.ts";
import { parsePinBody } from "../../../src/http/pinning/pin-body.ts";

const cid = "QmZLRFWaz9Kypt2ACNMDzA5uzACDRiCqwdkNSP1UZsu56D";
const other = "bafkreiey5jxe6ilpf62lnh77tm5ejbbmhbugzjuf6p2v3remlu73ced34q";

function query(text: string): ReturnType<typeof parseListQuery> {
  return parseListQuery(new URLSearchParams(text));
}

function has(match: string, name: string): boolean {
  return query(`name=Abc&match=${match}`).hasName(name);
}

describe("a list", () => {
  test("without parameters is of ten pins that are pinned", () => {
    const { limit, statuses, cids, before, after, meta } = query("");
    expect({ limit, cids, before, after, meta }).toEqual({
      limit: 10,
      cids: [],
      before: undefined,
      after: undefined,
      meta: [],
    });
    expect([...statuses]).toEqual(["pinned"]);
  });

  test("by CID, name or metadata is of every status, unless it says", () => {
    for (const text of [`cid=${cid}`, "name=a", 'meta={"a":"b"}']) {
      expect([...query(text).statuses]).toEqual(["queued", "pinning", "pinned", "failed"]);
      expect([...query(`${text}&status=failed,queued`).statuses]).toEqual(["queued", "failed"]);
    }
  });

  test("takes a CID once, in whatever base", () => {
    expect(query(`cid=${cid},${other},${cid}`).cids.map(String)).toEqual([cid, other]);
  });

  test("matches names in four ways", () => {
    expect([has("exact", "Abc"), has("exact", "abc"), has("", "Abc"), has("", "xAbc")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([has("iexact", "aBC"), has("iexact", "aBCd")]).toEqual([true, false]);
    expect([has("partial", "xAbcx"), has("partial", "xabcx")]).toEqual([true, false]);
    expect([has("ipartial", "xABCx"), has("ipartial", "xABx")]).toEqual([true, false]);
  });

  for (const [text, reason] of [
    ["status=bogus", "error decoding 'status' query param: no valid filter"],
    ["status=pinned,bogus", "error decoding 'status' query param: bogus is no status"],
    [
      "match=bogus",
      "error in 'match' query param: bogus: must be one of exact, iexact, partial, ipartial",
    ],
    ["limit=0", "error parsing 'limit' query param: 0: must be from 1 to 1000"],
    ["limit=1001", "error parsing 'limit' query param: 1001: must be from 1 to 1000"],
    [
      "limit=1.5",
      "error parsing 'limit' query param: 1.5: strconv.ParseUint: parsing \"1.5\": invalid syntax",
    ],
    [
      "limit=99999999999999999999",
      `error parsing 'limit' query param: 99999999999999999999: strconv.ParseUint: parsing "99999999999999999999": value out of range`,
    ],
    [
      "after=x",
      `error decoding 'after' query param: x: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`,
    ],
    [`name=${"n".repeat(256)}`, "error in 'name' query param: longer than 255 chars"],
    [
      `cid=${Array.from({ length: 11 }, () => cid).join(",")}`,
      "error in 'cid' query param: more than 10 cids",
    ],
    [
      "meta=[]",
      "error unmarshalling 'meta' query param: []: json: cannot unmarshal array into Go value of type map[string]string",
    ],
    [
      'meta={"a":1}',
      `error unmarshalling 'meta' query param: {"a":1}: json: cannot unmarshal number into Go value of type string`,
    ],
    [
      'meta={"a":"b"}x',
      `error unmarshalling 'meta' query param: {"a":"b"}x: invalid character 'x' after top-level value`,
    ],
  ] as const) {
    test(`with ${text.slice(0, 30)} is refused`, () => {
      expect(() => query(text)).toThrow(new Error(reason));
    });
  }
});

describe("a body", () => {
  test("gives name, origins once each, and metadata", () => {
    const peer = "/p2p/12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7";
    const origin = `/ip4/1.2.3.4/tcp/1${peer}`;
    const name = "ü".repeat(255);
    const pin = parsePinBody(
      JSON.stringify({ cid, name, origins: [origin, origin], meta: { a: "b", __proto__x: "c" } }),
    );
    expect(pin.cid.toString()).toBe(cid);
    expect(pin.options).toMatchObject({
      name,
      origins: [origin],
      metadata: { a: "b", __proto__x: "c" },
      mode: "recursive",
      replicationFactorMin: 0,
    });
  });

  test("may have nulls, fields that mean nothing, and more behind it", () => {
    const { options } = parsePinBody(
      `{"cid":"${cid}","name":null,"origins":null,"meta":null,"x":1} x`,
    );
    expect(options).toMatchObject({ name: "", origins: [], metadata: {} });
  });

  for (const [text, reason] of [
    ["", "EOF"],
    ["{", "unexpected EOF"],
    ["nojson", "invalid character 'o' in literal null (expecting 'u')"],
    ["{'", `invalid character '\\'' looking for beginning of object key string`],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ["[1 2]", "invalid character '2' after array element"],
    ["\u00e9", "invalid character 'Ã' looking for beginning of value"],
    ['{"a":"\n"}', String.raw`invalid character '\n' in string literal`],
    [String.raw`{"a":"\x"}`, "invalid character 'x' in string escape code"],
    [
      String.raw`{"a":"\u00g0"}`,
      String.raw`invalid character 'g' in \u hexadecimal character escape`,
    ],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
    ['{"a":-}', "invalid character '}' in numeric literal"],
    ["[".repeat(5000), "exceeded max depth"],
    ["{}", "cid is missing"],
    ["null", "cid is missing"],
    ['{"CID":"x"}', "invalid cid: cid too short"],
    ["[]", "json: cannot unmarshal array into Go value of type pinsvc.Pin"],
    ['{"cid":1}', "json: cannot unmarshal number into Go struct field Pin.cid of type string"],
    [
      `{"cid":"${cid}","name":1}`,
      "json: cannot unmarshal number into Go struct field Pin.name of type string",
    ],
    [`{"cid":"${cid}","name":"${"n".repeat(256)}"}`, "pin name is over 255 chars"],
    [`{"cid":"${cid}","origins":["bad"]}`, 'failed to parse multiaddr "bad": must begin with /'],
    [`{"cid":"${cid}","origins":["/"]}`, 'failed to parse multiaddr "": empty multiaddr'],
    [
      `{"cid":"${cid}","origins":["/ip4/1.2.3/tcp/1"]}`,
      'failed to parse multiaddr "/ip4/1.2.3/tcp/1": invalid value "1.2.3" for protocol ip4: failed to parse ip4 addr: 1.2.3',
    ],
    [`{"cid":"${cid}","origins":["/x/1"]}`, 'failed to parse multiaddr "/x/1": unknown protocol x'],
    [
      `{"cid":"${cid}","origins":[${Array.from({ length: 21 }, (_, port) => `"/ip4/1.2.3.4/tcp/${port}"`).join(",")}]}`,
      "more than 20 origins",
    ],
    [
      `{"cid":"${cid}","meta":{"a":1}}`,
      "json: cannot unmarshal number into Go struct field Pin.meta of type string",
    ],
  ] as const) {
    test(`that is ${text.slice(0, 40)} is refused`, () => {
      expect(() => parsePinBody(text)).toThrow(new Error(`error decoding request body: ${reason}`));
    });
  }
});
