// Goal: request targets are read and written as other gateways do, whatever bytes a client sends.
// Method: tables; expected encodings are those of Go's net/url, errors those of Kubo 0.43.

import { describe, expect, test } from "bun:test";

import { contentDisposition } from "../../../src/http/gateway/disposition.ts";
import { decodeSegment, encodePath, encodeQueryValue } from "../../../src/http/gateway/percent.ts";
import { parseRoute, type Target } from "../../../src/http/gateway/target.ts";

const cid = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am";

describe("a target", () => {
  test.each([
    [`/ipfs/${cid}`, [], `/ipfs/${cid}`],
    [`/ipfs/${cid}/`, [], `/ipfs/${cid}/`],
    [`/ipfs/${cid}/a/b`, ["a", "b"], `/ipfs/${cid}/a/b`],
    [`/ipfs/${cid}//a///b//`, ["a", "b"], `/ipfs/${cid}/a/b/`],
    [`/ipfs/${cid}/a/./../b`, ["b"], `/ipfs/${cid}/b`],
    [`/ipfs/${cid}/a/%2e%2e/b`, ["b"], `/ipfs/${cid}/b`],
    [`/ipfs/${cid}/%c4%85/%C4%99`, ["ą", "ę"], `/ipfs/${cid}/%C4%85/%C4%99`],
    [`/ipfs/${cid}/a%2fb`, ["a/b"], `/ipfs/${cid}/a%2Fb`],
    [`/ipfs/${cid}/50%25+x`, ["50%+x"], `/ipfs/${cid}/50%25+x`],
    [`/ipfs/${cid}/a%FFb`, ["a\ufffdb"], `/ipfs/${cid}/a%EF%BF%BDb`],
  ])("%s is split and cleaned", (raw, segments, url) => {
    const target = requireTarget(raw);
    expect(target.path.segments).toEqual(segments);
    expect(target.url).toBe(url);
    expect(target.hasTrailingSlash).toBe(raw.endsWith("/"));
  });

  test.each([
    ["/ipfs", 'invalid path "/ipfs": path does not have enough components'],
    ["/ipfs/", 'invalid path "/ipfs/": path does not have enough components'],
    [
      "/ipfs/QmInvalidCID",
      'invalid path "/ipfs/QmInvalidCID": invalid cid: selected encoding not supported',
    ],
    [`/ipfs/${cid}/a%zz`, `invalid path "/ipfs/${cid}/a%zz": invalid URL escape`],
    [
      `/ipfs/${cid}/../..`,
      `invalid path "/ipfs/${cid}/../..": path does not have enough components`,
    ],
    ["/ipfs/ipfs/x", 'invalid path "/ipfs/x": invalid cid: cid too short'],
  ])("%s is refused", (raw, message) => {
    expect(() => parseRoute(raw)).toThrow(message);
  });

  test.each([
    [`/ipfs/ipfs/${cid}/a%2bb/`, `/ipfs/${cid}/a+b/`],
    ["/ipfs/ipns/example.com/x", "/ipns/example.com/x"],
  ])("%s has a namespace too many", (raw, location) => {
    expect(parseRoute(raw)).toEqual({ type: "redirect", location });
  });

  test("others are named for what they are", () => {
    const types = ["/", "/ipns/x", "/favicon.ico", "/ipfsx", ""].map((raw) => parseRoute(raw).type);
    expect(types).toEqual(["home", "name", "unknown", "unknown", "unknown"]);
  });
});

describe("percent-encoding", () => {
  test("of paths keeps what Go keeps", () => {
    expect(encodePath("Portugal%2C+España=Península Ibérica.txt")).toBe(
      "Portugal%252C+Espa%C3%B1a=Pen%C3%ADnsula%20Ib%C3%A9rica.txt",
    );
    expect(encodePath("$&+,:;=@/-_.~!'()*?#[]\"")).toBe(
      "$&+,:;=@/-_.~%21%27%28%29%2A%3F%23%5B%5D%22",
    );
    expect(encodeQueryValue(encodePath("file-źł.txt"))).toBe("file-%25C5%25BA%25C5%2582.txt");
  });

  test("of any text is undone by decoding", () => {
    for (const text of ["", "a b", "%", "%25", "źł💾", "a/b", "\u0000\n"]) {
      expect(decodeSegment(encodePath(text))).toBe(text);
    }
    expect(decodeSegment("100%")).toBeUndefined();
  });
});

test("a content disposition names both forms and cannot be broken out of", () => {
  expect(contentDisposition("attachment", "testтест.tar")).toBe(
    "attachment; filename=\"test____.tar\"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.tar",
  );
  expect(contentDisposition("inline", 'a"; x\r\n/y')).toBe(
    "inline; filename=\"a%22%3B%20x%0D%0A%2Fy\"; filename*=UTF-8''a%22%3B%20x%0D%0A%2Fy",
  );
});

function requireTarget(raw: string): Target {
  const route = parseRoute(raw);
  if (route.type !== "content") throw new Error(`${raw} is ${route.type}`);
  return route.target;
}
