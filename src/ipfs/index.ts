export {
  NotPinnedError,
  PinConflictError,
  PinnedBlockMissingError,
  PinNameTooLongError,
} from "./errors.ts";
export { openIpfs, type IpfsOptions } from "./open-ipfs.ts";
export type { Fetcher, PinRecord } from "./ports.ts";
export type { Ipfs, PinAddOptions, PinnedBy, PinRecords, RepoStat } from "./types.ts";
