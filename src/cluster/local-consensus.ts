import { asError } from "#lib";
import { type CID, createPinDecoder, decodeCid, encodePin, type Pin } from "#model";

import { NotInPinsetError } from "./errors.ts";
import type { Consensus, PinsetStore } from "./ports.ts";

/**
 * The pinset of a cluster of one. Keys are the bytes of CIDs, values pins in IPFS Cluster's protobuf. `onDamaged` is told of
 * each record that cannot be read, which then counts as missing, so that it hides no others; without it that is an error.
 */
export function openLocalConsensus(
  store: PinsetStore,
  selfId: string,
  onDamaged?: (error: Error) => void,
): Consensus {
  const decodePin = createPinDecoder();
  const read = (key: Uint8Array, value: Uint8Array): Pin | undefined => {
    try {
      return decodePin(value, decodeCid(key));
    } catch (cause) {
      if (onDamaged === undefined) throw cause;
      onDamaged(asError(cause));
      return undefined;
    }
  };
  const get = async (cid: CID): Promise<Pin | undefined> => {
    const value = await store.get(cid.bytes);
    return value === undefined ? undefined : read(cid.bytes, value);
  };
  const pages = async function* (): AsyncGenerator<readonly Pin[]> {
    for await (const page of store.pages()) {
      const pins: Pin[] = [];
      for (const [key, value] of page) {
        const pin = read(key, value);
        if (pin !== undefined) pins.push(pin);
      }
      if (pins.length > 0) yield pins;
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
