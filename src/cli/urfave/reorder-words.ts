import type { Flag } from "./app.ts";

/**
 * Moves a command's flags before its arguments. A word after a flag without `=` goes along with it, whether the flag
 * takes a value or not: `-r folder -q` is left as it is, and ends the flags at `folder`.
 */
export function reorderWords(flags: readonly Flag[], words: readonly string[]): string[] {
  const names = new Set(flags.flatMap((flag) => flag.names));
  const first: string[] = [];
  const last: string[] = [];
  let mayBeValue = false;
  for (const [at, word] of words.entries()) {
    const isFlag = isFlagWord(names, word);
    if (mayBeValue && !isFlag) {
      mayBeValue = false;
      first.push(word);
    } else if (word === "--") {
      return [...first, "--", ...last, ...words.slice(at + 1)];
    } else if (isFlag) {
      first.push(word);
      mayBeValue = !word.includes("=");
    } else last.push(word);
  }
  return [...first, ...last];
}

function isFlagWord(names: ReadonlySet<string>, word: string): boolean {
  if (word === "-" || word === "--" || !word.startsWith("-")) return false;
  // with two dashes those are two that go, and one more after them
  const bare = word.startsWith("--") ? word.replace("--", "").replace(/^-/, "") : word.slice(1);
  return names.has(bare.split("=")[0] ?? "");
}
