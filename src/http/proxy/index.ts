export { type Forwarder, type ForwardTarget, openForwarder } from "./forwarder.ts";
