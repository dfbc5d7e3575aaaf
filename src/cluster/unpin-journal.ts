import { type CID, decodeCid } from "#model";

import type { PinsetStore, UnpinJournal } from "./ports.ts";

const nothing = new Uint8Array();

/** Keys are the bytes of CIDs. */
export function openUnpinJournal(store: PinsetStore): UnpinJournal {
  return {
    add: (cid) => store.put(cid.bytes, nothing),
    // what is removed twice does no harm, so it need not be durable
    remove: (cid) => store.delete(cid.bytes, { sync: false }),
    list: () => listCids(store),
  };
}

async function* listCids(store: PinsetStore): AsyncGenerator<CID> {
  for await (const page of store.pages()) for (const [key] of page) yield decodeCid(key);
}
