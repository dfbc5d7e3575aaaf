import type { Context } from "../command.ts";

/** `ipfs-cluster-ctl`. */
export async function runCtl(_words: readonly string[], context: Context): Promise<number> {
  context.warn("ipfs-cluster-ctl: not there yet\n");
  return 1;
}
