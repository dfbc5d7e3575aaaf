import { InvalidConfigError } from "../errors.ts";
import { type Document, isObject, valueAt } from "./document.ts";

/**
 * What IPFS Cluster wants a file to have, where ours has defaults. `path` is the file's.
 * @throws {InvalidConfigError} in its words
 */
export function requireGoSections(document: Document, path: string): void {
  if (!isObject(document["cluster"])) {
    const goMessage =
      "cluster section failed to validate: cluster.listen_multiaddress is undefined";
    throw new InvalidConfigError(`${path}: cluster`, "expected this section", { goMessage });
  }
  const has = (name: string): boolean => isObject(valueAt(document, ["consensus", name]));
  if (has("crdt") || has("raft")) return;
  const goMessage = "could not determine the consensus component";
  throw new InvalidConfigError(`${path}: consensus`, "expected crdt or raft", { goMessage });
}
