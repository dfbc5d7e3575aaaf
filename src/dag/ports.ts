// What the dag room asks for: `BlockSource` to read and `BlockSink` to write, both from #model. Its own nouns are here.

import type { CID } from "#model";

/** UnixFS mode (permission bits, 0o7777) and modification time. */
export interface UnixFsMetadata {
  readonly mode?: number | undefined;
  readonly mtime?: { readonly seconds: number; readonly nanoseconds: number } | undefined;
}

/** One thing to import, in depth-first order. `path` is clean: no leading slash, no `.` or `..`, no empty segment. */
export type ImportEntry = UnixFsMetadata & { readonly path: string } & (
    | { readonly type: "file"; readonly content: AsyncIterable<Uint8Array> }
    | { readonly type: "directory" }
    | { readonly type: "symlink"; readonly target: string }
  );

/** What an import tells as it goes. */
export type ImportEvent =
  | { readonly type: "progress"; readonly path: string; readonly bytes: number }
  | {
      readonly type: "node";
      /** The entry's path; "" for the wrapping directory. */
      readonly path: string;
      readonly cid: CID;
      /** Cumulative size of the DAG below, as Kubo's `Size`. */
      readonly size: number;
      readonly isDirectory: boolean;
      /** Whether it is a root: not inside a directory of this import. */
      readonly isRoot: boolean;
    };

/** How to import; `resolveImportOptions` checks and completes what a user gave. Names and meanings as Kubo's `add`. */
export interface ImportOptions {
  readonly chunker: string;
  readonly hash: string;
  readonly cidVersion: 0 | 1;
  readonly rawLeaves: boolean;
  readonly layout: "balanced" | "trickle";
  readonly fileLinksMax: number;
  /** 0: no limit by count. */
  readonly directoryLinksMax: number;
  readonly hamtFanout: number;
  /** As the two above, for the topmost directory: other than these only in an import that only hashes. */
  readonly topmostDirectoryLinksMax: number;
  readonly topmostHamtFanout: number;
  readonly hamtThresholdBytes: number;
  /** How a directory's size is estimated against the threshold. */
  readonly hamtEstimation: "links" | "block" | "disabled";
  readonly inline: boolean;
  readonly inlineLimitBytes: number;
  readonly wrapWithDirectory: boolean;
  readonly emptyDirectories: boolean;
  readonly preserveMode: boolean;
  readonly preserveMtime: boolean;
  /** For every file and directory; then nothing is preserved. */
  readonly mode: number | undefined;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  /** Progress events every 256 KiB of a file and at its end. */
  readonly progress: boolean;
}

/** What is at the end of a path, as UnixFS sees it. */
export type UnixFsStat = UnixFsMetadata & { readonly cid: CID } & (
    | { readonly type: "file"; readonly sizeBytes: number }
    | { readonly type: "directory"; readonly isSharded: boolean }
    | { readonly type: "symlink"; readonly target: string }
  );

/** A directory's entry. */
export interface DirectoryEntry {
  readonly name: string;
  readonly cid: CID;
  /** Cumulative size of the DAG below, from the link. */
  readonly tsize: number;
}
