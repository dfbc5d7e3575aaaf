// Goal: format, tag and range headers mean what RFC 9110 and the path gateway specification say.
// Method: tables of headers.

import { describe, expect, test } from "bun:test";

import { findTag } from "../../../src/http/gateway/etags.ts";
import { layOutMultipart } from "../../../src/http/gateway/multipart.ts";
import { negotiate } from "../../../src/http/gateway/negotiate.ts";
import { parseRanges } from "../../../src/http/gateway/ranges.ts";

describe("negotiation", () => {
  test.each([
    [undefined, undefined],
    ["*/*", undefined],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", undefined],
    ["application/json", "json"],
    ["Application/JSON; q=0.5", "json"],
    ["application/json, text/plain, */*", undefined],
    ["application/json;q=0.1, text/html", undefined],
    ["application/vnd.ipld.raw", "raw"],
    ["application/vnd.ipld.dag-json;q=0.1, application/vnd.ipld.car;q=0.2", "car"],
    ["application/vnd.ipld.raw;q=0.5, */*;q=0.1", "raw"],
    ["application/vnd.ipld.raw, application/vnd.ipld.car", "raw"],
    ["application/vnd.ipld.raw;q=0", undefined],
    ["image/webp", undefined],
    [";;,,=", undefined],
  ] as const)("of Accept %j gives %j", (accept, format) => {
    const wanted = negotiate(accept === undefined ? {} : { accept }, undefined);
    expect(wanted.format).toBe(format);
    expect(wanted.isByAccept).toBe(format !== undefined);
  });

  test("takes the format of the URL first, with the parameters that Accept has for it", () => {
    const query = new URLSearchParams("format=car");
    const accept = "application/vnd.ipld.raw, application/vnd.ipld.car; order=dfs; dups=n";
    const wanted = negotiate({ accept }, query);
    expect(wanted).toMatchObject({ format: "car", isByAccept: false });
    expect(wanted.parameters.get("dups")).toBe("n");
    expect(negotiate({ accept: "application/vnd.ipld.raw" }, query).parameters.size).toBe(0);
    expect(() => negotiate({}, new URLSearchParams("format=bogus"))).toThrow(
      'unknown format "bogus"',
    );
  });
});

test("tags are found in lists, weak and strong", () => {
  const ours = ['"a"', '"b"'];
  expect(findTag('"x", W/"b" ,"y"', ours, "weak")).toBe('"b"');
  expect(findTag('W/"b"', ours, "strong")).toBeUndefined();
  expect(findTag("*", ours, "strong")).toBe('"a"');
  expect(findTag('"b', ours, "weak")).toBeUndefined();
});

describe("ranges", () => {
  test.each([
    ["bytes=0-0", [[0, 1]]],
    ["bytes=6-16", [[6, 11]]],
    ["bytes=-3", [[28, 3]]],
    ["bytes=-99", [[0, 31]]],
    ["bytes=30-", [[30, 1]]],
    ["bytes=30-999999999999999999999", [[30, 1]]],
    [
      "bytes=6-16, 0-4",
      [
        [6, 11],
        [0, 5],
      ],
    ],
    ["bytes=0-1,40-50", [[0, 2]]],
    ["items=0-1", undefined],
    ["bytes=0-20,0-20", undefined],
    [`bytes=${Array.from({ length: 17 }, (_, at) => `${at}-${at}`).join(",")}`, undefined],
  ] as const)("%s of 31 bytes", (header, expected) => {
    const ranges = parseRanges(header, 31)?.map(({ offset, length }) => [offset, length]);
    expect(ranges).toEqual(expected?.map((range) => [...range]));
  });

  test("of nothing are ignored, outside are not satisfiable, malformed are refused", () => {
    expect(parseRanges("bytes=0-1", 0)).toBeUndefined();
    for (const header of ["bytes=31-", "bytes=-0", "bytes=50-60,70-"]) {
      expect(() => parseRanges(header, 31)).toThrow("failed to overlap");
    }
    for (const header of [
      "bytes=",
      "bytes=abc",
      "bytes=2-1",
      "bytes=-",
      "bytes=1",
      "bytes=--1",
      "bytes=1.5-2",
    ]) {
      expect(() => parseRanges(header, 31)).toThrow("invalid range request");
    }
  });

  test("several at once have a body of exactly the announced length", () => {
    const content = "abcdefghij";
    const ranges = [
      { offset: 6, length: 2 },
      { offset: 0, length: 3 },
    ];
    const layout = layOutMultipart(ranges, { type: "text/x", sizeBytes: 10, boundary: "B" });
    const parts = layout.parts.map(
      ({ head, range }) => head + content.slice(range.offset, range.offset + range.length),
    );
    const body = parts.join("") + layout.tail;
    expect(body).toBe(
      "--B\r\nContent-Type: text/x\r\nContent-Range: bytes 6-7/10\r\n\r\ngh" +
        "\r\n--B\r\nContent-Type: text/x\r\nContent-Range: bytes 0-2/10\r\n\r\nabc\r\n--B--\r\n",
    );
    expect(layout.sizeBytes).toBe(body.length);
  });
});
