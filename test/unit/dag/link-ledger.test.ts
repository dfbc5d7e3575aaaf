// Goal: the ledger says "whole" exactly when every block below a root has passed by.
// Method: random DAGs of dag-cbor blocks, in random order, with or without one of them.

import { describe, expect, test } from "bun:test";

import * as dagCbor from "@ipld/dag-cbor";
import * as fc from "fast-check";

import { cidOf, LinkLedger } from "#dag";
import { type Block, codec } from "#model";

const sha256 = { hash: "sha2-256", cidVersion: 1 } as const;

/** Every block links to those of the ones before it that its number names. */
function makeDag(links: readonly (readonly number[])[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const [index, targets] of links.entries()) {
    const cids = targets.flatMap((target) => blocks[target % Math.max(1, index)]?.cid ?? []);
    const bytes = dagCbor.encode({ index, cids });
    blocks.push({ cid: cidOf(codec.dagCbor, bytes, sha256), bytes });
  }
  return blocks;
}

const dags = fc
  .array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  .map(makeDag);

describe("the link ledger", () => {
  test("calls a DAG whole in whatever order its blocks come, and however often", () => {
    const cases = dags.chain((blocks) => fc.tuple(fc.constant(blocks), shuffled(blocks)));
    fc.assert(
      fc.property(cases, ([blocks, order]) => {
        const ledger = new LinkLedger();
        for (const { cid, bytes } of [...order, ...order]) ledger.add(cid, bytes);
        for (const { cid } of blocks) expect(ledger.isWhole(cid)).toBe(true);
      }),
    );
  });

  test("calls nothing whole while a linked block is missing", () => {
    const [leaf, root] = makeDag([[], [0]]);
    if (leaf === undefined || root === undefined) throw new Error("two blocks were made");
    const ledger = new LinkLedger();
    ledger.add(root.cid, root.bytes);
    expect(ledger.isWhole(root.cid)).toBe(false);
    ledger.add(leaf.cid, leaf.bytes);
    expect(ledger.isWhole(root.cid)).toBe(true);
  });

  test("does not vouch for a root that did not come, nor for blocks that it cannot read", () => {
    const [leaf, root] = makeDag([[], [0]]);
    if (leaf === undefined || root === undefined) throw new Error("two blocks were made");
    const ledger = new LinkLedger();
    ledger.add(leaf.cid, leaf.bytes);
    expect(ledger.isWhole(root.cid)).toBe(false);
    const garbage = Buffer.from("no protobuf");
    ledger.add(cidOf(codec.dagPb, garbage, sha256), garbage);
    expect(ledger.isWhole(leaf.cid)).toBe(false);
  });
});

function shuffled(blocks: readonly Block[]): fc.Arbitrary<Block[]> {
  return fc.shuffledSubarray([...blocks], { minLength: blocks.length });
}
