// Goal: an import makes the blocks that Kubo makes. Method: requests recorded with Kubo (query, entries, answer) are run
// through the importer and compared line by line: names, CIDs, sizes, order, errors.

import { describe, expect, test } from "bun:test";

import { base36 } from "multiformats/bases/base36";

import { importEntries, type ImportEvent, resolveImportOptions } from "#dag";
import type { CID } from "#model";
import { importEntriesOf, type KuboVector, loadVectors, wishesOf } from "#test/kubo-vectors";

const nullSink = { put: () => undefined };

for (const file of ["kubo-add.json", "kubo-add-odd.json"]) {
  const vectors = await loadVectors(file);
  describe(`an import answers as recorded in ${file}`, () => {
    for (const vector of vectors.filter(({ status }) => status !== 400)) {
      test(vector.id, async () => {
        const { events, error } = await run(vector);
        if (vector.status === 500) {
          expect(error).toBe(messageIn(vector));
          expect(events).toEqual([]);
        } else {
          expect(linesOf(events, vector)).toEqual(expectedLines(vector));
          // the first recording has no trailers
          if (file === "kubo-add-odd.json") expect(error).toBe(vector.trailer ?? "");
        }
      });
    }
  });
}

async function run(vector: KuboVector): Promise<{ events: ImportEvent[]; error: string }> {
  const events: ImportEvent[] = [];
  try {
    const options = resolveImportOptions(wishesOf(vector.query));
    const entries = importEntriesOf(vector.entries);
    for await (const event of importEntries(entries, nullSink, options)) events.push(event);
    return { events, error: "" };
  } catch (error) {
    return { events, error: error instanceof Error ? error.message : String(error) };
  }
}

interface Line {
  readonly Name: string;
  readonly Hash?: string | undefined;
  readonly Size?: string | undefined;
  readonly Bytes?: number | undefined;
}

function linesOf(events: readonly ImportEvent[], vector: KuboVector): readonly Line[] {
  const isSilent = vector.query.includes("silent=true");
  const lines = events.flatMap((event): readonly Line[] => {
    // zero is left out
    if (event.type === "progress") return [{ Name: event.path, Bytes: event.bytes || undefined }];
    if (isSilent && !event.isDirectory) return [];
    return [{ Name: event.path, Hash: textOf(event.cid, vector.query), Size: String(event.size) }];
  });
  return vector.truncated === true ? [...lines.slice(0, 3), ...lines.slice(-3)] : lines;
}

function textOf(cid: CID, query: string): string {
  if (query.includes("upgrade-cidv0-in-output=true")) return cid.toV1().toString();
  return query.includes("cid-base=base36") ? cid.toString(base36) : cid.toString();
}

/** The recorded lines; what they tell of a request's metadata is the RPC's to add. */
function expectedLines({ answer }: KuboVector): readonly Line[] {
  if (typeof answer === "string") throw new Error(`an answer is no list: ${answer}`);
  return answer.map(({ Name, Hash, Size, Bytes }) => ({ Name, Hash, Size, Bytes }));
}

function messageIn({ answer }: KuboVector): string {
  return typeof answer === "string" ? JSON.parse(answer).Message : "";
}
