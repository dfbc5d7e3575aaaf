export type { AttachedDht, DhtSeams, DhtServices, OpenDhtServices } from "./contract.ts";
export { dhtServices } from "./dht-services.ts";
export {
  DhtMessageError,
  NoAddressError,
  NoPeersError,
  PeerNotFoundError,
  RecordRefusedError,
} from "./errors.ts";
