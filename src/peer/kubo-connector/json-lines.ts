/** Far more than a line of any answer that is read here; a longer one is no answer of Kubo. */
const lineCharsMax = 4 * 1024 * 1024;

/** JSON values that stand one behind the other, a line each, as Kubo streams them. @throws {SyntaxError} */
export async function* readJsonLines(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineCharsMax) throw new SyntaxError("a line without an end");
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}
