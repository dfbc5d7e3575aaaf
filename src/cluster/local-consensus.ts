import { type CID, createPinDecoder, decodeCid, encodePin, type Pin } from "#model";

import { NotInPinsetError } from "./errors.ts";
import type { Consensus, PinsetStore } from "./ports.ts";

/** The pinset of a cluster of one. Keys are the bytes of CIDs, values pins in IPFS Cluster's protobuf. */
export function openLocalConsensus(store: PinsetStore, selfId: string): Consensus {
  const decodePin = createPinDecoder();
  const get = async (cid: CID): Promise<Pin | undefined> => {
    const value = await store.get(cid.bytes);
    return value === undefined ? undefined : decodePin(value, cid);
  };
  const pages = async function* (): AsyncGenerator<readonly Pin[]> {
    for await (const page of store.pages()) {
      yield page.map(([key, value]) => decodePin(value, decodeCid(key)));
    }
  };
  return {
    get,
    list: async function* () {
      for await (const pins of pages()) yield* pins;
    },
    pages,
    logPin: (pin) => store.put(pin.cid.bytes, encodePin(pin)),
    logUnpin: async (cid) => {
      if ((await store.get(cid.bytes)) === undefined) throw new NotInPinsetError(cid.toString());
      await store.delete(cid.bytes);
    },
    peers: () => Promise.resolve([selfId]),
  };
}
