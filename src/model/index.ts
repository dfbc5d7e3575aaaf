export type { Block, BlockSink, BlockSource, BlockWriter, SignalOptions } from "./block.ts";
export { cidText } from "./cid-text.ts";
export { CID, codec, decodeCid, multihash, parseCid } from "./cid.ts";
export { formatContentPath, parseContentPath, type ContentPath } from "./content-path.ts";
export {
  BlockNotFoundError,
  InvalidCidError,
  InvalidPathError,
  InvalidPeerIdError,
  InvalidPinError,
} from "./errors.ts";
export { multiaddrParts, multiaddrProblem } from "./multiaddr-text.ts";
export { peerIdBytes, peerIdText } from "./peer-id.ts";
export { createPinDecoder, decodePin, depthOf, encodePin, pinKey } from "./pin-codec.ts";
export type {
  Alert,
  ClusterPeer,
  ContentProgress,
  GlobalPinInfo,
  Metric,
  PinInfo,
  RepoGc,
  Traffic,
} from "./pin-info.ts";
export {
  defaultPinOptions,
  trackerStatusBits,
  type Pin,
  type PinMode,
  type PinOptions,
  type PinType,
  type TrackerStatus,
} from "./pin.ts";
