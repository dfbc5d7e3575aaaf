export {
  ClientGoneError,
  type Exchange,
  type Handler,
  type Listener,
  type ListenerLimits,
  type ListenerOptions,
  openListener,
  PortTakenError,
} from "./kernel/index.ts";
