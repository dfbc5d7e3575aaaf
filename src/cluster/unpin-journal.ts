import { type CID, decodeCid } from "#model";

import type { PinsetStore, UnpinJournal } from "./ports.ts";

const nothing = new Uint8Array();

/** Keys are the bytes of CIDs. */
export function openUnpinJournal(store: PinsetStore): UnpinJournal {
  return {
    add: (cid) => store.put(cid.bytes, nothing),
    remove: (cid) => store.delete(cid.bytes),
    list: () => listCids(store),
  };
}

async function* listCids(store: PinsetStore): AsyncGenerator<CID> {
  for await (const [key] of store.entries()) yield decodeCid(key);
}
