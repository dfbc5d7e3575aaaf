// Goal: scopes and ends of tokens are read as people write them, and nothing is guessed. Method: texts.

import { expect, test } from "bun:test";

import { BadParameterError, mayDo, parseExpiry, parseScopes } from "#api";

const now = Date.parse("2027-01-02T03:04:05Z");
const hour = 3_600_000;

test.each([
  ["12h", now + 12 * hour],
  ["1m30s", now + 90_000],
  ["30d", now + 720 * hour],
  ["2030-01-02T03:04:05Z", Date.parse("2030-01-02T03:04:05Z")],
  ["never", undefined],
])("a token may live for %s", (text, end) => {
  expect(parseExpiry(text, now)).toBe(end);
});

test.each(["", "0", "-1h", "0d", "soon", "30 d", "2001-01-01T00:00:00Z", "999999999h"])(
  "a token may not live for %p",
  (text) => {
    expect(() => parseExpiry(text, now)).toThrow(BadParameterError);
  },
);

test("scopes are named once each, in any order, and unknown ones are refused by name", () => {
  expect(parseScopes("pin,read, pin")).toEqual(["read", "pin"]);
  expect(() => parseScopes("read,write")).toThrow(
    'parameter scope invalid: expected read, pin, add, admin, got "write"',
  );
  expect(() => parseScopes(" ,")).toThrow("got nothing");
});

test("admin includes everything, and no other scope another", () => {
  expect(mayDo(["admin"], "pin")).toBe(true);
  expect(mayDo(["pin"], "pin")).toBe(true);
  expect(mayDo(["pin", "add"], "read")).toBe(false);
  expect(mayDo(["read", "pin", "add"], "admin")).toBe(false);
});
