export { type AddParams, addParamsToQuery, type AddWishes, parseAddParams } from "./add-params.ts";
export {
  alertToJson,
  clusterPeerToJson,
  metricToJson,
  pinInfoToJson,
  pinToJson,
  pinTypeNames,
  repoGcToJson,
  trafficToJson,
} from "./convert.ts";
export { BadParameterError, RequestTimeoutError, RestApiError } from "./errors.ts";
export { parsePinTypeFilter, parseStatusFilter } from "./filters.ts";
export { goJson, goMap, type GoMap } from "./go-json.ts";
export { pinInfoLine, pinJsonLine, pinLine } from "./lines.ts";
export { goTime, goTimeProblem, goTimeText, parseGoTime } from "./go-time.ts";
export { parsePinOptions, pinOptionsToQuery } from "./pin-options.ts";
export {
  type AddOptions,
  createRestClient,
  type LocalOptions,
  type RestClient,
  type StatusAllOptions,
  type TokenOptions,
} from "./rest-client.ts";
export type { Credentials, RestTarget } from "./rest-transport.ts";
export {
  defaultTokenLifetime,
  mayDo,
  parseExpiry,
  parseScopes,
  type Scope,
  scopeNames,
} from "./scopes.ts";
export type {
  AddedOutputJson,
  AlertJson,
  BandwidthJson,
  ConnectGraphJson,
  ErrorJson,
  GlobalPinInfoJson,
  GlobalRepoGcJson,
  IdJson,
  MetricJson,
  PinInfoJson,
  PinJson,
  PinProgressJson,
  PinTypeName,
  RepoGcJson,
  TokenJson,
  VersionJson,
} from "./types.ts";
export { encodeUpload, type UploadBody, type UploadEntry } from "./upload.ts";
