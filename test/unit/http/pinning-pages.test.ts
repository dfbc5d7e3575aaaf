// Goal: lists of pins can be paged by the time they tell, whatever times the pins have and however precise the client's are.
// Method: made pins, read page by page, with times as Go's and as JavaScript's clients send them back.

import { describe, expect, test } from "bun:test";

import { numberedBlock } from "#test/test-blocks";

import {
  compareCreated,
  createdOf,
  formatCreated,
  isWithin,
  parseBound,
} from "../../../src/http/pinning/created.ts";
import { NewestItems } from "../../../src/http/pinning/newest.ts";

const second = 1_700_000_000_000;

function pinsOf(count: number, timeOf: (index: number) => number) {
  return Array.from({ length: count }, (_, index) => {
    const created = createdOf({ cid: numberedBlock(index, 8).cid, created: timeOf(index) });
    return { index, created };
  });
}

type Made = ReturnType<typeof pinsOf>[number];

/** All pages of so many, each before the time that the last one ended with, as the client tells it. */
function readPages(
  pins: readonly Made[],
  limit: number,
  tell: (created: string) => string,
): readonly (readonly Made[])[] {
  const pages: (readonly Made[])[] = [];
  for (let before: ReturnType<typeof parseBound> | undefined; ;) {
    const newest = new NewestItems<Made>(limit);
    for (const pin of pins) {
      if (isWithin(pin.created, { before, after: undefined })) newest.offer(pin);
    }
    const page = newest.page();
    const last = page.at(-1);
    if (last === undefined) return pages;
    pages.push(page);
    before = parseBound(tell(formatCreated(last.created)));
  }
}

/** What a JavaScript client makes of a time. */
const asDate = (text: string): string => new Date(text).toISOString();
const asTold = (text: string): string => text;

describe("pages have every pin once, newest first", () => {
  for (const [what, count, limit, timeOf] of [
    ["of different milliseconds", 97, 10, (index: number) => second + 1 + ((index * 37) % 97)],
    ["of few milliseconds", 100, 10, (index: number) => second + 1 + (index % 20)],
    ["of one second, as IPFS Cluster writes them", 3000, 100, () => second],
    ["of one second, one by one", 200, 1, () => second],
  ] as const) {
    test(what, () => {
      const pins = pinsOf(count, timeOf);
      const listed = readPages(pins, limit, asTold).flat();
      expect(new Set(listed.map(({ index }) => index)).size).toBe(count);
      expect(listed).toHaveLength(count);
      expect(listed).toEqual(listed.toSorted((a, b) => compareCreated(b.created, a.created)));
    });
  }

  test("also for clients that know milliseconds only", () => {
    for (const pins of [
      pinsOf(100, (index) => second + 1 + (index % 20)),
      pinsOf(3000, () => second),
    ]) {
      const listed = readPages(pins, 100, asDate).flat();
      expect(new Set(listed.map(({ index }) => index)).size).toBe(pins.length);
      expect(listed).toHaveLength(pins.length);
    }
  });
});

describe("a time", () => {
  const { cid } = numberedBlock(1, 8);

  test("keeps the milliseconds that are known", () => {
    const text = formatCreated(createdOf({ cid, created: second + 123 }));
    expect(text).toMatch(/^2023-11-14T22:13:20\.123\d{0,6}Z$/);
  });

  test("stays within the second that is known", () => {
    expect(formatCreated(createdOf({ cid, created: second }))).toStartWith("2023-11-14T22:13:20");
  });

  test("is read as it is written", () => {
    for (const created of [second, second + 1, second + 999]) {
      const time = createdOf({ cid, created });
      expect(parseBound(formatCreated(time))).toMatchObject(time);
    }
    expect(parseBound("2023-11-14T23:13:20.5+01:00")).toEqual({
      ms: second + 500,
      nanos: 0,
      isCoarse: true,
    });
  });

  test("is neither before nor after itself, told in full or in milliseconds", () => {
    const created = createdOf({ cid, created: second + 123 });
    const told = formatCreated(created);
    for (const bound of [parseBound(told), parseBound(asDate(told))]) {
      expect(isWithin(created, { before: bound, after: undefined })).toBe(false);
      expect(isWithin(created, { before: undefined, after: bound })).toBe(false);
    }
  });
});

test("no more than a page and one is kept", () => {
  const newest = new NewestItems<Made>(5);
  for (const pin of pinsOf(1000, (index) => second + 1 + ((index * 7919) % 997))) newest.offer(pin);
  expect(newest.page()).toHaveLength(5);
});
