export type { PinningConfig, PinningDeps } from "./deps.ts";
export { pinningHandler } from "./handler.ts";
