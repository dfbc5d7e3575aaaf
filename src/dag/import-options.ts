import { ImportOptionError } from "./errors.ts";
import { canonicalHashName, hashRefusal, identityBytesMax, isKnownHash } from "./hash.ts";
import { parseChunker } from "./parse-chunker.ts";
import type { ImportOptions, UnixFsMetadata } from "./ports.ts";

/** What a user may ask of an import, by Kubo's names of `add` options. Whatever is missing comes from the profile. */
export interface ImportWishes {
  readonly chunker?: string | undefined;
  readonly hash?: string | undefined;
  readonly cidVersion?: number | undefined;
  readonly rawLeaves?: boolean | undefined;
  readonly trickle?: boolean | undefined;
  readonly maxFileLinks?: number | undefined;
  readonly maxDirectoryLinks?: number | undefined;
  readonly maxHamtFanout?: number | undefined;
  readonly inline?: boolean | undefined;
  readonly inlineLimit?: number | undefined;
  readonly nocopy?: boolean | undefined;
  readonly wrapWithDirectory?: boolean | undefined;
  readonly emptyDirectories?: boolean | undefined;
  readonly preserveMode?: boolean | undefined;
  readonly preserveMtime?: boolean | undefined;
  /** As Kubo's option, a Go FileMode: permission bits as in Unix, set-uid and so on in the upper bits. */
  readonly mode?: number | undefined;
  readonly mtime?: number | undefined;
  readonly mtimeNsecs?: number | undefined;
  readonly progress?: boolean | undefined;
  readonly onlyHash?: boolean | undefined;
  /** Only checked, with the others in Kubo's order. */
  readonly toFiles?: string | undefined;
  /** Only checked. */
  readonly pin?: boolean | undefined;
  /** Only checked. */
  readonly pinName?: string | undefined;
}

/** Defaults of an import: Kubo's `Import.*` configuration. */
export interface ImportProfile {
  readonly chunker: string;
  readonly hash: string;
  /** undefined: 0, or 1 where the hash function demands it. */
  readonly cidVersion: number | undefined;
  /** undefined: with CIDv1 only. */
  readonly rawLeaves: boolean | undefined;
  readonly layout: ImportOptions["layout"];
  readonly fileLinksMax: number;
  readonly directoryLinksMax: number;
  readonly hamtFanout: number;
  readonly hamtThresholdBytes: number;
  readonly hamtEstimation: ImportOptions["hamtEstimation"];
}

const kubo: ImportProfile = {
  chunker: "size-262144",
  hash: "sha2-256",
  cidVersion: undefined,
  rawLeaves: undefined,
  layout: "balanced",
  fileLinksMax: 174,
  directoryLinksMax: 0,
  hamtFanout: 256,
  hamtThresholdBytes: 262_144,
  hamtEstimation: "links",
};

/** `default` is Kubo 0.43 without configuration; the others are what `ipfs config profile apply` sets. */
export const importProfiles = {
  default: kubo,
  "unixfs-v0-2015": { ...kubo, cidVersion: 0, rawLeaves: false },
  "unixfs-v1-2025": {
    ...kubo,
    chunker: "size-1048576",
    cidVersion: 1,
    rawLeaves: true,
    fileLinksMax: 1024,
    hamtEstimation: "block",
  },
} as const satisfies Readonly<Record<string, ImportProfile>>;

/**
 * Checks and completes what a user asks of an import, in Kubo 0.43's order (core/commands/add.go, then coreiface
 * options): with several mistakes the message is that of the first.
 * @throws {ImportOptionError} with Kubo's message.
 */
export function resolveImportOptions(
  wishes: ImportWishes = {},
  profile: ImportProfile = importProfiles.default,
): ImportOptions {
  const { inline = false, inlineLimit = 32, trickle } = wishes;
  if (inline && inlineLimit > identityBytesMax) {
    const reason = `exceeds maximum allowed size of ${identityBytesMax} bytes`;
    return fail("inline-limit", `inline-limit ${inlineLimit} ${reason}`);
  }
  const chunker = wishes.chunker || profile.chunker;
  const hash = canonicalHashName(wishes.hash || profile.hash);
  const explicitRawLeaves = resolveRawLeaves(wishes, profile);
  checkCombinations(wishes);
  if (!isKnownHash(hash)) return fail("hash", hashRefusal(hash) ?? "");
  const mtime = resolveMtime(wishes);
  const fanout = resolveFanout(wishes, profile);
  const rawLeavesWanted = resolveNocopy(wishes, explicitRawLeaves);
  const cidVersion = resolveCidVersion(wishes.cidVersion ?? profile.cidVersion, hash);
  if (wishes.nocopy === true) return fail("nocopy", nocopyMessage);
  parseChunker(chunker);
  const refusal = hashRefusal(hash);
  if (refusal !== undefined) return fail("hash", refusal);
  const mode = unixModeOf(wishes.mode ?? 0);
  const directoryLinksMax = wishes.maxDirectoryLinks ?? profile.directoryLinksMax;
  const isOnlyHash = wishes.onlyHash === true && mode === undefined && mtime === undefined;
  return {
    chunker,
    hash,
    cidVersion,
    rawLeaves: rawLeavesWanted ?? cidVersion > 0,
    layout: trickle === undefined ? profile.layout : trickle ? "trickle" : "balanced",
    fileLinksMax: resolveFileLinks(wishes, profile),
    directoryLinksMax,
    hamtFanout: fanout,
    // Kubo 0.43 makes the topmost directory otherwise when it only hashes, and so leaves out two options
    topmostDirectoryLinksMax: isOnlyHash ? 0 : directoryLinksMax,
    topmostHamtFanout: isOnlyHash ? profile.hamtFanout : fanout,
    hamtThresholdBytes: profile.hamtThresholdBytes,
    hamtEstimation: profile.hamtEstimation,
    inline,
    inlineLimitBytes: inlineLimit,
    wrapWithDirectory: wishes.wrapWithDirectory ?? false,
    emptyDirectories: wishes.emptyDirectories ?? true,
    preserveMode: (wishes.preserveMode ?? false) && (wishes.mode ?? 0) === 0,
    preserveMtime: (wishes.preserveMtime ?? false) && mtime === undefined,
    mode,
    mtime,
    progress: wishes.progress ?? false,
  };
}

/** The Unix permission bits (0o7777) within a Go FileMode, which is what Kubo's option and form fields carry. */
export function unixModeOf(goFileMode: number): number | undefined {
  const special =
    (goFileMode & 0x800000 ? 0o4000 : 0) |
    (goFileMode & 0x400000 ? 0o2000 : 0) |
    (goFileMode & 0x100000 ? 0o1000 : 0);
  const mode = special | (goFileMode & 0o777);
  return mode === 0 ? undefined : mode;
}

const nocopyMessage =
  "either the filestore or the urlstore must be enabled to use nocopy, see: " +
  "https://github.com/ipfs/kubo/blob/master/docs/experimental-features.md#ipfs-filestore";

/** What was said of raw leaves, if anything. Metadata has no place in a raw block. */
function resolveRawLeaves(wishes: ImportWishes, profile: ImportProfile): boolean | undefined {
  const wanted = wishes.rawLeaves ?? profile.rawLeaves;
  const hasMetadata =
    wishes.preserveMode === true ||
    wishes.preserveMtime === true ||
    (wishes.mode ?? 0) !== 0 ||
    (wishes.mtime ?? 0) !== 0;
  if (!hasMetadata) return wanted;
  if (wanted !== true) return false;
  const reason = "can't be used with UnixFS metadata like mode or modification time";
  return fail("raw-leaves", `raw-leaves ${reason}`);
}

function checkCombinations(wishes: ImportWishes): void {
  const { onlyHash = false, pin = true, pinName, toFiles } = wishes;
  if (onlyHash && toFiles !== undefined) {
    fail("to-files", "only-hash and to-files options are not compatible");
  }
  if ((onlyHash || !pin) && pinName !== undefined) {
    fail("pin-name", "pin-name option requires pin to be set");
  }
  if (wishes.wrapWithDirectory === true && toFiles !== undefined) {
    fail("to-files", "wrap-with-directory and to-files options are not compatible");
  }
}

function resolveMtime(wishes: ImportWishes): UnixFsMetadata["mtime"] {
  const { mtime: seconds = 0, mtimeNsecs: nanoseconds = 0 } = wishes;
  if (seconds === 0) {
    if (nanoseconds === 0) return undefined;
    const reason = 'requires "mtime" to be provided as well';
    return fail("mtime-nsecs", `option "mtime-nsecs" ${reason}`);
  }
  if (nanoseconds > 999_999_999) {
    return fail("mtime-nsecs", "mtime nanoseconds must be in range [1, 999999999]");
  }
  return { seconds, nanoseconds };
}

function resolveFanout(wishes: ImportWishes, profile: ImportProfile): number {
  const fanout = wishes.maxHamtFanout ?? profile.hamtFanout;
  if (fanout >= 8 && fanout <= 1024 && (fanout & (fanout - 1)) === 0) return fanout;
  const reason = `must be a power of 2, between 8 and 1024 (got ${fanout})`;
  return fail("max-hamt-fanout", `HAMT fanout ${reason}`);
}

function resolveNocopy(wishes: ImportWishes, rawLeaves: boolean | undefined): boolean | undefined {
  if (wishes.nocopy !== true || rawLeaves === true) return rawLeaves;
  if (rawLeaves === undefined) return true;
  return fail("nocopy", "nocopy option requires '--raw-leaves' to be enabled as well");
}

function resolveCidVersion(wanted: number | undefined, hash: string): 0 | 1 {
  const isSha256 = hash === "sha2-256";
  if (wanted === undefined || wanted === -1 || (isSha256 && wanted < 0)) return isSha256 ? 0 : 1;
  if (wanted === 1) return 1;
  if (wanted !== 0) return fail("cid-version", `unknown CID version: ${wanted}`);
  if (!isSha256) return fail("cid-version", "CIDv0 only supports sha2-256");
  return 0;
}

function resolveFileLinks(wishes: ImportWishes, profile: ImportProfile): number {
  const wanted = wishes.maxFileLinks ?? profile.fileLinksMax;
  return wanted > 0 ? wanted : kubo.fileLinksMax;
}

function fail(option: string, message: string): never {
  throw new ImportOptionError(option, message);
}
