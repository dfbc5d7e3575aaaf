const paddingMin = 2;

/**
 * Turns tabs into columns as Go's text/tabwriter with cells of one letter at least and two spaces between them: a column
 * is as wide as its widest cell among neighbouring lines that have one, and the text after a line's last tab counts not.
 */
export function alignTabs(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const columns = Math.max(...lines.map((cells) => cells.length - 1));
  const widths = lines.map((): number[] => []);
  for (let column = 0; column < columns; column += 1) {
    for (let at = 0; at < lines.length; at += 1) {
      const end = endOfBlock(lines, column, at);
      const block = lines.slice(at, end).map((cells) => widthOf(cells[column] ?? ""));
      const width = Math.max(...block, 0) + paddingMin;
      for (let line = at; line < end; line += 1) widths[line]?.push(width);
      at = Math.max(at, end);
    }
  }
  return lines.map((cells, line) => padded(cells, widths[line] ?? [])).join("\n");
}

/** The first line from `start` on that has no such column. */
function endOfBlock(lines: readonly (readonly string[])[], column: number, start: number): number {
  let end = start;
  while ((lines[end]?.length ?? 0) > column + 1) end += 1;
  return end;
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
    .join("");
}

function widthOf(cell: string): number {
  return Array.from(cell).length;
}
