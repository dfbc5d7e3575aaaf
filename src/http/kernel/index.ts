export { type AccessEntry, accessLogLine } from "./access-log.ts";
export { corsMiddleware, type CorsOptions } from "./cors.ts";
export { BodyTooLongError, ClientGoneError, PortTakenError } from "./errors.ts";
export { PreparedHeaders } from "./headers.ts";
export { type ListenerOptions, openListener, type TlsFiles } from "./listener.ts";
export { readDocument } from "./read-document.ts";
export { openStreamServer, type StreamServer } from "./stream-server.ts";
export { mountFetch } from "./mount-fetch.ts";
export type {
  Exchange,
  Handler,
  Listener,
  ListenerLimits,
  ResponseBody,
  ResponseHeaders,
} from "./types.ts";
