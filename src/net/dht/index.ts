export type { AttachedDht, DhtServices } from "./contract.ts";
export { dhtServices } from "./dht-services.ts";
