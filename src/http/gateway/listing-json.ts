import { type DirectoryEntry, listDirectory } from "#dag";

import { ChildKinds } from "./child-kinds.ts";
import type { Visit } from "./visit.ts";

/** A directory's names as a JSON array, in the order of its DAG; those of directories end with a slash. */
export async function* jsonListing(visit: Visit): AsyncGenerator<string> {
  const { source, place, exchange, options } = visit;
  using kinds = new ChildKinds(visit);
  const format = async (entry: DirectoryEntry): Promise<string> =>
    JSON.stringify((await kinds.isDirectory(entry)) ? `${entry.name}/` : entry.name);
  let waiting: DirectoryEntry[] = [];
  let before = "[";
  for await (const entry of listDirectory(source, place.cid, { signal: exchange.signal })) {
    waiting.push(entry);
    if (waiting.length < options.childrenAtOnce) continue;
    yield before + (await Promise.all(waiting.map(format))).join(",");
    before = ",";
    waiting = [];
  }
  const last = (await Promise.all(waiting.map(format))).join(",");
  yield `${last === "" && before === "," ? "" : before}${last}]`;
}
