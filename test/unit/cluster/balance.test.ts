// Goal: peers are allocated to in the order in which IPFS Cluster's balanced allocator takes them.
// Method: the table of its own test (v1.1.6, TestAllocate), and what its rules say of simple cases.

import { describe, expect, test } from "bun:test";

import type { Metric } from "#model";

import { allocate } from "../../../src/cluster/allocate.ts";
import { balance } from "../../../src/cluster/balance.ts";

function metricsOf(
  name: string,
  rows: readonly (readonly [peer: string, value: string, weight: number])[],
): readonly Metric[] {
  const isPartitionable = !["pinqueue", "freespace"].includes(name);
  return rows.map(([peer, value, weight]) => ({
    name,
    peer,
    value,
    weight,
    isPartitionable,
    isValid: true,
    expire: 0,
    receivedAt: 0,
  }));
}

/** As they come. */
const rank = (peers: readonly string[]): readonly string[] => peers;

type Row = readonly [peer: string, value: string, weight: number];

function tag(values: Readonly<Record<string, string>>): readonly Row[] {
  return Object.entries(values).map(([peer, value]) => [peer, value, 0]);
}

function amount(
  values: Readonly<Record<string, number>>,
  weight: (value: number) => number = (value) => value,
): readonly Row[] {
  return Object.entries(values).map(([peer, value]) => [peer, String(value), weight(value)]);
}

describe("balanced allocation", () => {
  test("takes regions, zones, queues and free space in turn", () => {
    const order = balance([
      metricsOf(
        "tag:region",
        tag({
          P1: "a-us",
          P2: "a-us",
          P3: "b-eu",
          P4: "b-eu",
          P5: "b-eu",
          P6: "c-au",
          P7: "c-au",
          P8: "c-au",
        }),
      ),
      metricsOf(
        "tag:az",
        tag({ P1: "us1", P2: "us2", P3: "eu1", P4: "eu1", P5: "eu2", P6: "au1", P7: "au1" }),
      ),
      metricsOf(
        "pinqueue",
        amount({ P1: 100, P2: 200, P3: 100, P4: 200, P5: 300, P6: 100, P7: 1000 }, (value) =>
          value < 1000 ? 0 : -1,
        ),
      ),
      metricsOf(
        "freespace",
        amount({ P1: 100, P2: 500, P3: 200, P4: 400, P5: 10, P6: 50, P7: 600, P8: 10_000 }),
      ),
    ]);
    expect(order).toEqual(["P6", "P4", "P2", "P7", "P5", "P1", "P3"]);
  });

  test("takes the most free space first, and equal ones in the order of their values", () => {
    const order = balance([
      metricsOf("freespace", [
        ["a", "100", 100],
        ["b", "300", 300],
        ["c", "100", 100],
      ]),
    ]);
    expect(order[0]).toBe("b");
    expect(order.toSorted()).toEqual(["a", "b", "c"]);
  });

  test("leaves out who lacks a metric, and asks for enough of the others", () => {
    const order = balance([
      metricsOf("tag:group", [
        ["a", "g", 0],
        ["b", "g", 0],
      ]),
      metricsOf("freespace", [["a", "1", 1]]),
    ]);
    expect(order).toEqual(["a"]);
    const request = { min: 2, max: 2, candidates: order, rank, current: [], preferred: ["b"] };
    expect(() => allocate(request)).toThrow("Available candidates: 1.");
  });

  test("gives wished-for peers the first turn, and keeps those that hold it already", () => {
    const candidates = ["a", "b", "c", "d"];
    const some = { candidates, rank, current: [], preferred: ["d", "x"] };
    expect(allocate({ ...some, min: 1, max: 2 })).toEqual(["d", "a"]);
    const held = { candidates, rank, current: ["c", "gone"], preferred: ["d"] };
    expect(allocate({ ...held, min: 1, max: 3 })).toEqual(["c", "gone"]);
    expect(allocate({ ...held, min: 2, max: 3 })).toEqual(["c", "d", "a"]);
  });

  test("lets those take turns that are free: whoever holds it already has had none", () => {
    const sets = [
      metricsOf("tag:group", tag({ a1: "a", a2: "a", b1: "b" })),
      metricsOf("freespace", amount({ a1: 500, a2: 300, b1: 200 })),
    ];
    const candidates = balance(sets);
    expect(candidates).toEqual(["a1", "b1", "a2"]);
    const request = { candidates, current: ["a1"], preferred: [], min: 2, max: 2 };
    const allocations = allocate({ ...request, rank: (peers) => balance(sets, peers) });
    expect(allocations).toEqual(["a1", "a2"]);
  });
});
