import { type CID, defaultPinOptions, type Pin } from "#model";

/** A recursive pin without options, but for what is given. */
export function pinOf(cid: CID, more: Partial<Pin> = {}): Pin {
  return {
    ...defaultPinOptions,
    cid,
    type: "data",
    allocations: [],
    maxDepth: -1,
    reference: undefined,
    timestamp: 0,
    ...more,
  };
}
