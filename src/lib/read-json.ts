import { characterProblem, scanJson } from "./json-scan.ts";

/**
 * Reads JSON as Go does: `whole` as json.Unmarshal, `first` as its Decoder, which takes the first value and leaves what
 * follows. `fail` gets Go's words for what is wrong.
 */
export function readJson(
  text: string,
  extent: "whole" | "first",
  fail: (problem: string) => never,
): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return readSlowly(text, extent, fail);
  }
}

function readSlowly(
  text: string,
  extent: "whole" | "first",
  fail: (problem: string) => never,
): unknown {
  const scan = scanJson(text);
  if (scan.problem !== undefined) {
    const isStream = extent === "first" && scan.isCutShort;
    if (!isStream) return fail(scan.problem);
    return fail(text.trim() === "" ? "EOF" : "unexpected EOF");
  }
  const rest = text.slice(scan.end).search(/[^ \t\r\n]/);
  if (extent === "whole" && rest >= 0) {
    return fail(characterProblem(text, scan.end + rest, "after top-level value"));
  }
  return JSON.parse(text.slice(0, scan.end));
}
