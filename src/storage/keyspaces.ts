import type { KeyspaceName } from "./ports.ts";

/**
 * The key ranges of the one LevelDB in `db/`. Each key begins with its range's byte. Numbers are big-endian.
 * A range's byte and layout never change their meaning; a new layout gets a new byte or a new format version.
 */
export const keyspaces: Readonly<Record<KeyspaceName, KeyspaceLayout>> = {
  meta: {
    prefix: 0x6d, // m
    holds: "facts about the folder",
    key: "text: store.format, store.engine, pinset.range",
    value: "text",
  },
  blocks: {
    prefix: 0x62, // b
    holds: "where each block of the block log is",
    key: "multihash",
    value:
      "segment u32, offset of the data u48, length of the data u32, length of the CID before it u16",
  },
  segments: {
    prefix: 0x73, // s
    holds: "what lives in each segment; under the empty key, how far the log is indexed",
    key: "segment u32, or nothing",
    value:
      "live blocks u48, their bytes u48, bytes of their sections u48, bytes of marks applied u48; segment u32, offset u48",
  },
  records: {
    prefix: 0x72, // r
    holds: "the node's own pin records",
    key: "as the room `ipfs` says",
    value: "as the room `ipfs` says",
  },
  pinset: {
    prefix: 0x70, // p
    holds: "the pins of the cluster",
    key: "as the room `cluster` says",
    value: "as the room `cluster` says",
  },
  pinset2: {
    prefix: 0x50, // P
    holds: "the pins of the cluster too: `meta` tells which of the two ranges counts",
    key: "as the room `cluster` says",
    value: "as the room `cluster` says",
  },
  unpins: {
    prefix: 0x75, // u
    holds: "unpins that the pinset knows and the node may not yet",
    key: "as the room `cluster` says",
    value: "nothing",
  },
  datastore: {
    prefix: 0x64, // d
    holds: "datastore of libp2p and of names",
    key: "datastore key, as text",
    value: "as its owner says",
  },
};

export interface KeyspaceLayout {
  readonly prefix: number;
  readonly holds: string;
  readonly key: string;
  readonly value: string;
}
