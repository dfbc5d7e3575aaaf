export type * from "./contract.ts";
export { hostServices } from "./host-services.ts";
