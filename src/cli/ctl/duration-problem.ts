import { goQuote } from "../urfave/index.ts";

const units = new Set(["ns", "us", "µs", "μs", "ms", "s", "m", "h"]);

/** What Go's `time.ParseDuration` says about a text that is no duration. */
export function durationProblem(text: string): string {
  let rest = text.replace(/^[+-]/, "");
  while (rest !== "") {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) break;
    const unit = /^[^.\d]*/.exec(rest.slice(number.length))?.[0] ?? "";
    if (unit === "") return `time: missing unit in duration ${goQuote(text)}`;
    if (!units.has(unit)) {
      return `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`;
    }
    rest = rest.slice(number.length + unit.length);
  }
  return `time: invalid duration ${goQuote(text)}`;
}
