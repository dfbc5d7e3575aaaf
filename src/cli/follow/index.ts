import type { Context } from "../command.ts";

/** `ipfs-cluster-follow`. Its commands come with clusters of several peers. */
export async function runFollow(_words: readonly string[], context: Context): Promise<number> {
  context.warn("ipfs-cluster-follow: not there yet\n");
  return 1;
}
