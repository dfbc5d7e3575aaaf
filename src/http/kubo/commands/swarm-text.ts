/** Kubo's `{"Strings":…}` and its text, a line each, in which nothing disturbs a terminal. */
export function listOf(
  lines: readonly string[],
): [value: { readonly Strings: readonly string[] }, text: () => string] {
  return [{ Strings: lines }, () => lines.map((line) => `${printable(line)}\n`).join("")];
}

/** As `listOf`, but Go's nil for an empty list. */
export function listOrNull(
  lines: readonly string[],
): [value: { readonly Strings: readonly string[] | null }, text: () => string] {
  const [value, text] = listOf(lines);
  return [lines.length === 0 ? { Strings: null } : value, text];
}

const goEscapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\v", "\\v"],
]);

/** A text with a backslash or a character that is not for printing, escaped as Go's strconv.Quote does. */
export function printable(text: string): string {
  return text.replaceAll(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    const short = goEscapes.get(character);
    if (short !== undefined) return short;
    const point = character.codePointAt(0) ?? 0;
    const digits = point.toString(16);
    if (point < 0x80) return `\\x${digits.padStart(2, "0")}`;
    return point < 0x1_0000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
}

/** Left-aligned columns with two spaces between them. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}
