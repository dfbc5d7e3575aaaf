export {
  CollectionRunningError,
  FolderEngineError,
  FolderFormatError,
  FolderLockedError,
  StorageClosedError,
  StorageDamagedError,
  StorageFullError,
  StorageWriteError,
} from "./errors.ts";
export { type Disk, type DiskFile, systemDisk } from "./disk.ts";
export { keyspaces, type KeyspaceLayout } from "./keyspaces.ts";
export { openKeyspaces, openStore, type StoreConfig } from "./open-store.ts";
export {
  defaultStoreOptions,
  type StoreEngine,
  type StoreOptions,
  type VerifyHash,
} from "./options.ts";
export type {
  BlockStore,
  BlockStoreStat,
  Collection,
  CompactionResult,
  Keyspace,
  KeyspaceName,
  KeyspaceRange,
  Keyspaces,
  Replacement,
  Store,
  VerifiedBlock,
} from "./ports.ts";
export { rebuildIndex } from "./rebuild-index.ts";
