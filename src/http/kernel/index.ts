export { corsMiddleware, type CorsOptions } from "./cors.ts";
export { AnswerStateError, ClientGoneError, PortTakenError } from "./errors.ts";
export { headerValue } from "./headers.ts";
export { defaultLimits, type ListenerOptions, openListener } from "./listener.ts";
export { mountFetch } from "./mount-fetch.ts";
export type {
  Exchange,
  Handler,
  Listener,
  ListenerLimits,
  ResponseBody,
  ResponseHeaders,
} from "./types.ts";
