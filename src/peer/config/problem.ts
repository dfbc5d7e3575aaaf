/** Something in a configuration that cannot stand as it does. */
export interface Problem {
  readonly path: readonly string[];
  /** What was expected, and what is there. */
  readonly problem: string;
  /** IPFS Cluster's words, where it has some. */
  readonly goMessage?: string;
}

/** A problem in IPFS Cluster's words; what the path says already is not said twice. */
export function inGo(path: readonly string[], goMessage: string): Problem {
  return { path, problem: goMessage.replace(/^cluster\./, ""), goMessage };
}
