import { goQuote } from "#lib";

import type { Flag } from "./app.ts";

/** A flag's line in the help, a tab between its names and its usage. */
export function flagText(flag: Flag): string {
  const { placeholder, usage } = unquote(flag.usage ?? "");
  const value = placeholder || (flag.kind === "bool" ? "" : "value");
  const names = flag.names.map(
    (name) => `${name.length === 1 ? "-" : "--"}${name}${value === "" ? "" : ` ${value}`}`,
  );
  const hint = flag.environment === undefined ? "" : ` [$${flag.environment.join(", $")}]`;
  return `${names.join(", ")}\t${`${usage}${defaultText(flag)}`.trim()}${hint}`;
}

function defaultText({ kind, value = "" }: Flag): string {
  if (kind === "bool") return "";
  if (kind === "string") return value === "" ? "" : ` (default: ${goQuote(value)})`;
  if (kind === "strings") {
    const items = value.split(",").filter((item) => item !== "");
    return items.length === 0 ? "" : ` (default: ${items.map(goQuote).join(", ")})`;
  }
  return ` (default: ${value || (kind === "duration" ? "0s" : "0")})`;
}

/** The first word in backquotes is what the value is called. */
function unquote(usage: string): { readonly placeholder: string; readonly usage: string } {
  const match = /^([^`]*)`([^`]*)`/.exec(usage);
  if (match === null) return { placeholder: "", usage };
  const [whole, before = "", placeholder = ""] = match;
  return { placeholder, usage: `${before}${placeholder}${usage.slice(whole.length)}` };
}
