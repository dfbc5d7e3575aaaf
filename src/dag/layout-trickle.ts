import type { BlockMaker } from "./block-maker.ts";
import { OpenFileNode } from "./file-node.ts";
import type { Layout, LayoutOptions } from "./layout.ts";
import type { FilePart } from "./leaves.ts";

/** Sub-trees of each depth below a node (boxo trickle, depthRepeat). */
const subtreesPerDepth = 4;

interface OpenTree {
  readonly node: OpenFileNode;
  /** Sub-trees are of lesser depth than this. */
  readonly depthMax: number;
  leafCount: number;
  /** Depth of the next sub-tree and how many of that depth there are. */
  depth: number;
  repeat: number;
}

/** Leaves directly below each node first, then ever deeper sub-trees (spec section 6.4). Good for appending. */
export function createTrickleLayout(maker: BlockMaker, options: LayoutOptions): Layout {
  const { fileLinksMax, metadata } = options;
  const root = openTree(Number.POSITIVE_INFINITY);
  /** The way from the root to the tree that takes the next leaf. */
  const stack = [root];

  const closeTop = async (): Promise<void> => {
    const tree = stack.pop();
    const parent = stack.at(-1);
    if (tree === undefined || parent === undefined) return;
    parent.node.add(await tree.node.close(maker));
    parent.repeat += 1;
    if (parent.repeat < subtreesPerDepth) return;
    parent.repeat = 0;
    parent.depth += 1;
  };
  const addDeeper = async (leaf: FilePart): Promise<void> => {
    let top = stack.at(-1) ?? root;
    while (top.depth >= top.depthMax) {
      await closeTop();
      top = stack.at(-1) ?? root;
    }
    const tree = openTree(top.depth);
    addLeaf(tree, leaf);
    stack.push(tree);
  };

  return {
    add(leaf) {
      const top = stack.at(-1) ?? root;
      if (top.leafCount >= fileLinksMax) return addDeeper(leaf);
      addLeaf(top, leaf);
      return undefined;
    },
    async finish() {
      while (stack.length > 1) await closeTop();
      return root.node.close(maker, metadata);
    },
  };
}

function openTree(depthMax: number): OpenTree {
  return { node: new OpenFileNode(), depthMax, leafCount: 0, depth: 1, repeat: 0 };
}

function addLeaf(tree: OpenTree, leaf: FilePart): void {
  tree.node.add(leaf);
  tree.leafCount += 1;
}
