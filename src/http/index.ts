export { type GatewayDeps, gatewayHandler, type GatewayOptions } from "./gateway/gateway.ts";
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
export { defaultRestConfig, type RestConfig, type RestDeps, restHandler } from "./rest/index.ts";
export {
  type BootstrapList,
  defaultKuboOptions,
  type KuboAuthorization,
  type KuboDeps,
  kuboHandler,
  type KuboOptions,
} from "./kubo/index.ts";
