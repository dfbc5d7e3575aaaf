export type * from "./types.ts";
export {
  DialError,
  InvalidAddressError,
  InvalidPresharedKeyError,
  ListenError,
  MessageTooLargeError,
  ProtocolError,
  StreamResetError,
} from "./errors.ts";
export { openHost, type HostDeps } from "./open-host.ts";
export {
  NoAddressError,
  NoPeersError,
  PeerNotFoundError,
  RecordRefusedError,
} from "./dht/errors.ts";
export { quietHost } from "./quiet-host.ts";
export { commonPrefix, kadId, nearestTo } from "./dht/keys.ts";
