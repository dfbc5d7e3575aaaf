export { RecordNotFoundError, RouterError } from "./errors.ts";
export { openRouting, type RoutingOptions } from "./open-routing.ts";
export type * from "./types.ts";
