// Goal: browsers get the type they need: by the name's extension, else by the first bytes.
// Method: a table of names, a table of beginnings; types as Kubo 0.43 answers them.

import { expect, test } from "bun:test";

import { contentTypeOfName } from "../../../src/http/gateway/content-type.ts";
import { sniff } from "../../../src/http/gateway/sniff.ts";

test.each([
  ["a.html", "text/html"],
  ["A.CSS", "text/css; charset=utf-8"],
  ["x.tar.gz", "application/gzip"],
  ["m.mjs", "text/javascript; charset=utf-8"],
  ["d.json", "application/json"],
  ["i.svg", "image/svg+xml"],
  ["v.mp4", "video/mp4"],
  ["w.wasm", "application/wasm"],
  ["readme.md", "text/markdown; charset=utf-8"],
  ["noextension", undefined],
  ["x.unknownthing", undefined],
  [".", undefined],
])("%s is %s by name", (name, type) => {
  expect(contentTypeOfName(name)).toBe(type);
});

test.each([
  ["", "text/plain"],
  ["hello\n", "text/plain; charset=utf-8"],
  ["BMW is a car, MZ a mark", "text/plain; charset=utf-8"],
  ["<!DOCTYPE html><p>", "text/html"],
  [" \n<HTML>", "text/html"],
  ["<bodyguard>", "text/plain; charset=utf-8"],
  ['<?xml version="1.0"?><a/>', "text/xml; charset=utf-8"],
  ['<svg xmlns="x">', "image/svg+xml"],
  ['{"a":1}', "application/json"],
  ["{not json}", "text/plain; charset=utf-8"],
  [`{"long": "${"x".repeat(4000)}`, "application/json"],
  ["\x89PNG\r\n\x1a\n\0", "image/png"],
  ["\xff\xd8\xff\xe0\0", "image/jpeg"],
  ["RIFF\0\0\0\0WEBPVP8 ", "image/webp"],
  ["\0\0\0\x18ftypmp42", "video/mp4"],
  ["%PDF-1.7\n", "application/pdf"],
  ["PK\x03\x04\0", "application/zip"],
  ["\0asm\x01\0\0\0", "application/wasm"],
  ["BM\0\0", "image/bmp"],
  ["\0\x01\x02", "application/octet-stream"],
])("%j is %s by its bytes", (text, type) => {
  expect(sniff(Buffer.from(text, "latin1"))).toBe(type);
});
