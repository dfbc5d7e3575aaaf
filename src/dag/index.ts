export { addToDirectory, emptyDirectory } from "./add-to-directory.ts";
export { CidSet } from "./cid-set.ts";
export { exportCar } from "./car-export.ts";
export { type Car, readCar, type ReadCarOptions } from "./car-read.ts";
export {
  BlockTooLargeError,
  DamagedCarError,
  DamagedDagError,
  DuplicateEntryError,
  ImportOptionError,
  IsDirectoryError,
  LinkNotFoundError,
  NotDirectoryError,
  NotUnixFsError,
  ParentIsFileError,
  ShardTooDeepError,
  UndecodableBlockError,
  UnsafeEntryError,
  UnusableHashError,
} from "./errors.ts";
export { type CidOptions, cidOf, hashNameOf, hashNames, verifyBlock } from "./hash.ts";
export { importEntries } from "./import.ts";
export {
  type ImportProfile,
  importProfiles,
  type ImportWishes,
  resolveImportOptions,
  unixModeOf,
} from "./import-options.ts";
export { LinkLedger } from "./link-ledger.ts";
export { linksOf, namedLinksOf } from "./links.ts";
export { listDirectory } from "./list-directory.ts";
export type * from "./ports.ts";
export { readFile, type ReadFileOptions } from "./read-file.ts";
export { type ResolvedPath, resolvePath } from "./resolve.ts";
export { statUnixFs } from "./stat.ts";
export { exportTar, type ExportTarOptions } from "./tar-export.ts";
export { walkCids, type WalkCidsOptions, walkDag, type WalkOptions } from "./walk.ts";
export {
  decodeUnixFsNode,
  type UnixFsDirectory,
  type UnixFsFile,
  type UnixFsNode,
  type UnixFsShard,
  type UnixFsSymlink,
} from "./unixfs-node.ts";
export { withWellKnownBlocks } from "./well-known.ts";
