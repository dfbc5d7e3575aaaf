export { RecordNotFoundError, RouterError } from "./errors.ts";
export {
  openRouting,
  type RoutingDeps,
  type RoutingOptions,
  type RoutingType,
} from "./open-routing.ts";
export type * from "./types.ts";
