import type { Context } from "../command.ts";

/** `ipfs-cluster-service`. */
export async function runService(_words: readonly string[], context: Context): Promise<number> {
  context.warn("ipfs-cluster-service: not there yet\n");
  return 1;
}
