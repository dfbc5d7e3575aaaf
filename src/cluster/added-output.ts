import type { ImportEvent } from "#dag";

import type { AddedOutput } from "./types.ts";

/** What an add tells of a step of an import. */
export function outputOf(
  event: ImportEvent,
  of: { readonly allocations: readonly string[]; readonly isWrapped: boolean },
): AddedOutput {
  if (event.type === "node") {
    const { path: name, cid, size } = event;
    return { type: "added", name, cid, bytes: 0, size, allocations: of.allocations };
  }
  // progress is told by the path within its root
  const name = of.isWrapped ? event.path : event.path.split("/").slice(1).join("/");
  return { type: "progress", name, bytes: event.bytes };
}
