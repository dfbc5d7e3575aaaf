// Goal: metrics are told in Prometheus' format, and what is slow to measure is measured seldom. Method: a clock in the test's
// hands, measurements that count their calls.

import { describe, expect, test } from "bun:test";

import { MetricRegistry, seldom } from "#lib";
import { ManualClock } from "#test/manual-clock";

function fail(name: string, error: unknown): never {
  throw new Error(`${name} could not be measured`, { cause: error });
}

describe("a registry", () => {
  test("tells its metrics by name, as they are when it is asked", async () => {
    const registry = new MetricRegistry();
    const counter = registry.counter("b_total", "Things, with a \\ and\na line.");
    registry.add({ name: "a", help: "A.", type: "gauge", read: () => Promise.resolve(-1.5) });
    counter.add();
    counter.add(2);
    expect(await registry.text(fail)).toBe(
      [
        "# HELP a A.",
        "# TYPE a gauge",
        "a -1.5",
        "# HELP b_total Things, with a \\\\ and\\na line.",
        "# TYPE b_total counter",
        "b_total 3",
        "",
      ].join("\n"),
    );
  });

  test("leaves out what cannot be measured, and says so", async () => {
    const registry = new MetricRegistry();
    const problems: string[] = [];
    registry.add(
      { name: "a", help: "A.", type: "gauge", read: () => undefined },
      { name: "b", help: "B.", type: "gauge", read: () => Promise.reject(new Error("busy")) },
      { name: "c", help: "C.", type: "gauge", read: () => Infinity },
    );
    const text = await registry.text((name) => problems.push(name));
    expect(text).toBe("# HELP c C.\n# TYPE c gauge\nc +Inf\n");
    expect(problems).toEqual(["b"]);
  });
});

function measured(tookMs: number) {
  const clock = new ManualClock();
  let calls = 0;
  const measure = async (): Promise<number> => {
    calls += 1;
    clock.advance(tookMs);
    return calls;
  };
  return { clock, read: seldom(measure, { clock, intervalMs: 1000 }) };
}

describe("what is measured seldom", () => {
  test("is measured when it is asked for, and no oftener than the interval", async () => {
    const { clock, read } = measured(0);
    expect([await read(), await read()]).toEqual([1, 1]);
    clock.advance(999);
    expect(await read()).toBe(1);
    clock.advance(1);
    expect(await read()).toBe(2);
  });

  test("is measured the more seldom the longer it takes", async () => {
    const { clock, read } = measured(100);
    await read();
    clock.advance(4999);
    expect(await read()).toBe(1);
    clock.advance(1);
    expect(await read()).toBe(2);
  });

  test("is measured again when the clock is set back, and within an hour when it jumped meanwhile", async () => {
    const { clock, read } = measured(100);
    await read();
    clock.advance(-1);
    expect(await read()).toBe(2);
    const jump = 86_400_000;
    const slow = measured(jump);
    await slow.read();
    slow.clock.advance(3_600_000);
    expect(await slow.read()).toBe(2);
  });

  test("is measured once for all who ask meanwhile", async () => {
    const { read } = measured(0);
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  });

  test("is measured again after a failure", async () => {
    let calls = 0;
    const read = seldom(
      async () => {
        calls += 1;
        if (calls === 1) throw new Error("busy");
        return calls;
      },
      { clock: new ManualClock(), intervalMs: 1000 },
    );
    expect(await read().catch(String)).toBe("Error: busy");
    expect(await read()).toBe(2);
  });
});
