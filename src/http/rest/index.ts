export { defaultRestConfig, type RestConfig, type RestDeps } from "./deps.ts";
export { restHandler } from "./rest-handler.ts";
