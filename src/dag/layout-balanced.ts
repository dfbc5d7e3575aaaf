import type { BlockMaker } from "./block-maker.ts";
import { ImportOptionError } from "./errors.ts";
import { OpenFileNode } from "./file-node.ts";
import type { Layout, LayoutOptions } from "./layout.ts";
import type { FilePart } from "./leaves.ts";

/** All leaves at one depth, the least that holds them (spec section 6.4). */
export function createBalancedLayout(maker: BlockMaker, options: LayoutOptions): Layout {
  const { fileLinksMax, metadata } = options;
  /** The open nodes, from the one above the leaves upwards. */
  const levels: OpenFileNode[] = [];
  let sole: FilePart | undefined;

  const addTo = async (level: number, part: FilePart): Promise<void> => {
    const node = (levels[level] ??= new OpenFileNode());
    if (node.childCount >= fileLinksMax) await closeLevel(level);
    levels[level]?.add(part);
  };
  // a full node is closed only when more follows: the last one open is the root, and only it bears metadata
  const closeLevel = async (level: number): Promise<void> => {
    const node = levels[level];
    if (node === undefined) return;
    levels[level] = new OpenFileNode();
    await addTo(level + 1, await node.close(maker));
  };
  const addLeaf = (leaf: FilePart): Promise<void> | undefined => {
    const node = (levels[0] ??= new OpenFileNode());
    if (node.childCount >= fileLinksMax) return addTo(0, leaf);
    node.add(leaf);
    return undefined;
  };

  return {
    add(leaf) {
      if (sole === undefined && levels.length === 0) {
        sole = leaf;
        return undefined;
      }
      if (sole === undefined) return addLeaf(leaf);
      // boxo would go on for ever
      if (fileLinksMax < 2) {
        throw new ImportOptionError("max-file-links", "max-file-links must be at least 2");
      }
      const first = new OpenFileNode();
      first.add(sole);
      first.add(leaf);
      levels.push(first);
      sole = undefined;
      return undefined;
    },
    async finish() {
      if (sole !== undefined) return sole;
      for (let level = 0; level < levels.length - 1; level += 1) await closeLevel(level);
      const root = levels.at(-1) ?? new OpenFileNode();
      return root.close(maker, metadata);
    },
  };
}
