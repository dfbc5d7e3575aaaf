/** What Go's time.ParseDuration says of a text that is no duration. */
export function durationProblem(text: string): string {
  const quoted = JSON.stringify(text);
  const rest = text.replace(/^[+-]/, "");
  const head = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*/.exec(rest)?.[0] ?? "";
  const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest.slice(head.length))?.[0];
  if (number === undefined) return `time: invalid duration ${quoted}`;
  const unit = /^[^.\d]+/.exec(rest.slice(head.length + number.length))?.[0];
  if (unit === undefined) return `time: missing unit in duration ${quoted}`;
  return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
}
