import * as dagPb from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";

import { cidOf } from "#dag";
import { type CID, codec } from "#model";
import type { PeerContent } from "#test/fake-exchange";

import { numberedBlock } from "./test-blocks.ts";

const linksMax = 174;

/**
 * A file of numbered leaves as big as one likes: the leaves are made when they are asked for, so only the nodes above
 * and the digests take memory. The same numbers make the same file in every process.
 */
export class MadeDag implements PeerContent {
  readonly root: CID;
  /** Nodes and leaves, each once. */
  readonly blocks: number;
  readonly bytes: number;
  readonly #leafBytes: number;
  readonly #numbers = new Map<string, number>();
  readonly #nodes = new Map<string, Uint8Array>();

  constructor(of: {
    readonly leaves: number;
    readonly leafBytes: number;
    readonly first?: number;
  }) {
    const { leaves, leafBytes, first = 0 } = of;
    this.#leafBytes = leafBytes;
    let level = Array.from({ length: leaves }, (_, index) => {
      const { cid } = numberedBlock(first + index, leafBytes);
      this.#numbers.set(keyOf(cid), first + index);
      return { cid, size: leafBytes };
    });
    let nodeBytes = 0;
    while (level.length > 1) {
      const next: typeof level = [];
      for (let at = 0; at < level.length; at += linksMax) {
        const parts = level.slice(at, at + linksMax);
        const bytes = nodeOf(parts);
        const cid = cidOf(codec.dagPb, bytes, { hash: "sha2-256", cidVersion: 1 });
        this.#nodes.set(keyOf(cid), bytes);
        nodeBytes += bytes.length;
        next.push({ cid, size: parts.reduce((sum, { size }) => sum + size, 0) });
      }
      level = next;
    }
    const [top] = level;
    if (top === undefined) throw new Error("a file has at least one leaf");
    this.root = top.cid;
    this.blocks = leaves + this.#nodes.size;
    this.bytes = leaves * leafBytes + nodeBytes;
  }

  has(cid: CID): boolean {
    const key = keyOf(cid);
    return this.#numbers.has(key) || this.#nodes.has(key);
  }

  sizeOf(cid: CID): number | undefined {
    const key = keyOf(cid);
    return this.#numbers.has(key) ? this.#leafBytes : this.#nodes.get(key)?.length;
  }

  get(cid: CID): Uint8Array | undefined {
    const key = keyOf(cid);
    const number = this.#numbers.get(key);
    return number === undefined
      ? this.#nodes.get(key)
      : numberedBlock(number, this.#leafBytes).bytes;
  }
}

function nodeOf(parts: readonly { readonly cid: CID; readonly size: number }[]): Uint8Array {
  const blockSizes = parts.map(({ size }) => BigInt(size));
  const data = new UnixFS({ type: "file", blockSizes }).marshal();
  const links = parts.map(({ cid, size }) => ({ Name: "", Hash: cid, Tsize: size }));
  return dagPb.encode({ Data: data, Links: links });
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
