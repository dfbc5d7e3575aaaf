export { type GatewayDeps, gatewayHandler, type GatewayOptions } from "./gateway/gateway.ts";
export {
  type AccessEntry,
  accessLogLine,
  ClientGoneError,
  type Exchange,
  type Handler,
  type Listener,
  type ListenerLimits,
  type ListenerOptions,
  openListener,
  openStreamServer,
  PortTakenError,
  type StreamServer,
  type TlsFiles,
} from "./kernel/index.ts";
export { type MetricsDeps, metricsHandler } from "./metrics/index.ts";
export { pinningHandler } from "./pinning/index.ts";
export { defaultRestConfig, type RestConfig, type RestDeps, restHandler } from "./rest/index.ts";
export {
  type BootstrapList,
  defaultKuboOptions,
  type KuboAuthorization,
  type KuboDeps,
  kuboHandler,
  type KuboOptions,
} from "./kubo/index.ts";
export {
  type Account,
  type Accounts,
  createGate,
  type Gate,
  type GateOptions,
  type IssuedToken,
  type TokenWish,
} from "./auth/index.ts";
export { type Forwarder, type ForwardTarget, openForwarder } from "./proxy/index.ts";
