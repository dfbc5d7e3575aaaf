import { multihash } from "#model";

import type { Announceable, ProvideStrategy } from "../types.ts";

/** The multihashes of what shall be announced. Identity CIDs are their own content: nobody needs to find them. */
export async function* announceableHashes(
  announceable: Announceable,
  strategy: ProvideStrategy,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const cid of announceable.keys(strategy, { signal })) {
    if (cid.multihash.code !== multihash.identity) yield cid.multihash.bytes;
  }
}
