import type { CID } from "#model";

/** Newest first: a stream is opened with the first that the peer has too. */
export const protocols = [
  "/ipfs/bitswap/1.2.0",
  "/ipfs/bitswap/1.1.0",
  "/ipfs/bitswap/1.0.0",
  "/ipfs/bitswap",
] as const;

/** How a peer writes. 1.0 has bare blocks, 1.1 blocks with their CID's prefix, 1.2 HAVE and DONT_HAVE. */
export type Dialect = "1.0" | "1.1" | "1.2";

export function dialectOf(protocol: string): Dialect {
  if (protocol === "/ipfs/bitswap/1.2.0") return "1.2";
  return protocol === "/ipfs/bitswap/1.1.0" ? "1.1" : "1.0";
}

/** A message as it was read. All bytes are views of it, and valid as long as its memory is. */
export interface Message {
  /** The wants are all that the peer wants, not a change. */
  readonly isFull: boolean;
  readonly wants: readonly WantEntry[];
  readonly blocks: readonly WireBlock[];
  readonly presences: readonly Presence[];
  /** Bytes that the sender has still waiting for us. */
  readonly pendingBytes: number;
}

/** One line of a want list. */
export interface WantEntry {
  /** The CID's bytes. */
  readonly cid: Uint8Array;
  /** Higher first. */
  readonly priority: number;
  readonly isCancel: boolean;
  /** Whether the block is wanted, or only to know if it is there. */
  readonly type: "block" | "have";
  /** Whether the absence of the block is to be told. */
  readonly sendDontHave: boolean;
}

export interface WireBlock {
  /** CID version, codec, hash function and length of the digest, as varints; undefined: sha2-256 (1.0). */
  readonly prefix: Uint8Array | undefined;
  readonly bytes: Uint8Array;
}

export interface Presence {
  readonly cid: Uint8Array;
  readonly has: boolean;
}

/** A message to be written. */
export interface Draft {
  readonly isFull?: boolean;
  readonly wants?: readonly WantEntry[];
  readonly blocks?: readonly { readonly cid: CID; readonly bytes: Uint8Array }[];
  readonly presences?: readonly Presence[];
  readonly pendingBytes?: number;
}

/** Largest CID in a message, as boxo: four varints of ten bytes and a digest of 128. */
export const cidBytesMax = 168;

/** Entries, blocks or presences in one message; 4 MiB of entries of the usual size would be about 90,000. */
export const entriesMax = 65_536;
