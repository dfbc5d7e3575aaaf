import type { BlockMaker } from "./block-maker.ts";
import { createBalancedLayout } from "./layout-balanced.ts";
import { createTrickleLayout } from "./layout-trickle.ts";
import type { FilePart } from "./leaves.ts";
import type { ImportOptions, UnixFsMetadata } from "./ports.ts";

/** Puts leaves below nodes. Keeps open nodes only: memory grows with the depth, not with the file. */
export interface Layout {
  /** Takes the next leaf. Await what it answers, if it answers something. */
  add(leaf: FilePart): Promise<void> | undefined;
  /** Closes the open nodes and answers the root. */
  finish(): Promise<FilePart>;
}

export interface LayoutOptions extends Pick<ImportOptions, "layout" | "fileLinksMax"> {
  /** For the root. */
  readonly metadata: UnixFsMetadata;
}

/** The last stage of an import: yields how many bytes of the file are done, and at last the root. */
export async function* layOut(
  leaves: AsyncIterable<readonly FilePart[]>,
  maker: BlockMaker,
  options: LayoutOptions,
): AsyncGenerator<number | FilePart> {
  const layout =
    options.layout === "trickle"
      ? createTrickleLayout(maker, options)
      : createBalancedLayout(maker, options);
  let doneBytes = 0;
  for await (const batch of leaves) {
    for (const leaf of batch) {
      const room = layout.add(leaf);
      if (room !== undefined) await room;
      doneBytes += leaf.sizeBytes;
    }
    yield doneBytes;
  }
  yield await layout.finish();
}
