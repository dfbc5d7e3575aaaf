import { type CID, decodeCid, decodePin, encodePin, type Pin } from "#model";

import { NotInPinsetError } from "./errors.ts";
import type { Consensus, PinsetStore } from "./ports.ts";

/** The pinset of a cluster of one. Keys are the bytes of CIDs, values pins in IPFS Cluster's protobuf. */
export function openLocalConsensus(store: PinsetStore, selfId: string): Consensus {
  const get = async (cid: CID): Promise<Pin | undefined> => {
    const value = await store.get(cid.bytes);
    return value === undefined ? undefined : decodePin(value, cid);
  };
  return {
    get,
    list: () => listPins(store),
    pages: () => pagesOfPins(store),
    logPin: (pin) => store.put(pin.cid.bytes, encodePin(pin)),
    logUnpin: async (cid) => {
      if ((await store.get(cid.bytes)) === undefined) throw new NotInPinsetError(cid.toString());
      await store.delete(cid.bytes);
    },
    peers: () => Promise.resolve([selfId]),
  };
}

async function* listPins(store: PinsetStore): AsyncGenerator<Pin> {
  for await (const pins of pagesOfPins(store)) yield* pins;
}

async function* pagesOfPins(store: PinsetStore): AsyncGenerator<readonly Pin[]> {
  for await (const page of store.pages()) {
    yield page.map(([key, value]) => decodePin(value, decodeCid(key)));
  }
}
