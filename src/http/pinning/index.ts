export { pinningHandler } from "./handler.ts";
