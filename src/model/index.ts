export type { Block, BlockSink, BlockSource, BlockWriter, SignalOptions } from "./block.ts";
export { CID, codec, decodeCid, multihash, parseCid } from "./cid.ts";
export { formatContentPath, parseContentPath, type ContentPath } from "./content-path.ts";
export { BlockNotFoundError, InvalidCidError, InvalidPathError } from "./errors.ts";
export {
  defaultPinOptions,
  trackerStatusBits,
  type Pin,
  type PinMode,
  type PinOptions,
  type PinType,
  type TrackerStatus,
} from "./pin.ts";
