export {
  NotPinnedError,
  PinConflictError,
  PinnedBlockMissingError,
  PinNameTooLongError,
} from "./errors.ts";
export type { Network } from "./network.ts";
export { openIpfs, type IpfsDeps, type IpfsOptions } from "./open-ipfs.ts";
export type { NetworkOptions, OpenHost } from "./open-network.ts";
export type { Fetcher, PinRecord } from "./ports.ts";
export type { Ipfs, PinAddOptions, PinnedBy, PinRecords, RepoStat } from "./types.ts";
export {
  InvalidKeyError,
  InvalidKeyNameError,
  InvalidKeyTypeError,
  KeyExistsError,
  NoSuchKeyError,
  TooManyKeysError,
} from "./keys/errors.ts";
export { exportKey } from "./keys/export-key.ts";
export { signBytes, verifyBytes } from "./keys/key-pair.ts";
export { type KeysDeps, openKeys } from "./keys/open-keys.ts";
export type {
  ImportKeyOptions,
  KeyFormat,
  KeyInfo,
  Keys,
  KeyType,
  SigningKey,
} from "./keys/types.ts";
export {
  createSystemTxtLookup,
  createTxtLookup,
  type DnsDeps,
  type TxtAnswer,
  type TxtLookup,
} from "./names/dns.ts";
export {
  DnsError,
  InvalidNameError,
  InvalidNameSettingError,
  InvalidRecordError,
  NameNotResolvedError,
  NameOfflineError,
  NameTooDeepError,
  StaleSequenceError,
} from "./names/errors.ts";
export { findNameId, inlinedKey, type NameId, parseNameId } from "./names/name-id.ts";
export { parseNameMap } from "./names/name-map.ts";
export { type NamesDeps, type NamesOptions, openNames } from "./names/open-names.ts";
export {
  checkRecord,
  createIpnsValidator,
  createPublicKeyValidator,
} from "./names/record-check.ts";
export { decodeRecord, type NameRecord } from "./names/record.ts";
export type {
  Names,
  PublishedName,
  PublishOptions,
  PutRecordOptions,
  ResolvedName,
  ResolveNameOptions,
} from "./names/types.ts";
export { formatTimeNs } from "./names/time.ts";
export { resolveNamePath } from "./names/resolve-path.ts";
export { prefetching } from "./fetch/prefetching.ts";
export {
  openRouting,
  RecordNotFoundError,
  RouterError,
  type RoutingOptions,
} from "./routing/index.ts";
