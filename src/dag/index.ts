export {
  DamagedCarError,
  DamagedDagError,
  IsDirectoryError,
  LinkNotFoundError,
  NotDirectoryError,
  NotUnixFsError,
  UndecodableBlockError,
  UnsafeEntryError,
} from "./errors.ts";
export { linksOf, namedLinksOf } from "./links.ts";
export { listDirectory } from "./list-directory.ts";
export type * from "./ports.ts";
export { readFile, type ReadFileOptions } from "./read-file.ts";
export { type ResolvedPath, resolvePath } from "./resolve.ts";
export { statUnixFs } from "./stat.ts";
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
