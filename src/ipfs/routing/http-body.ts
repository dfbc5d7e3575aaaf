/** Limits on what a server may send. */
export interface BodyBounds {
  readonly responseBytesMax: number;
  readonly recordBytesMax: number;
}

/** The whole body. @throws {Error} when it is longer than `bytesMax` */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.length;
    if (sizeBytes > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The values of NDJSON as they come. Lines that are no JSON are left out. @throws {Error} over a limit */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  { responseBytesMax, recordBytesMax }: BodyBounds,
): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.length;
    if (sizeBytes > responseBytesMax) {
      throw new Error(`an answer of more than ${responseBytesMax} bytes`);
    }
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > recordBytesMax)
      throw new Error(`a line of more than ${recordBytesMax} bytes`);
    for (const line of lines) yield* parsed(line);
  }
  yield* parsed(rest + decoder.decode());
}

function parsed(line: string): unknown[] {
  if (line.trim() === "") return [];
  try {
    const value: unknown = JSON.parse(line);
    return [value];
  } catch {
    return []; // the others may be sound
  }
}
