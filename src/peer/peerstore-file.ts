import { readFile } from "node:fs/promises";

import { multiaddrProblem } from "./config/multiaddr-text.ts";

/** The addresses of a `peerstore` file, the most wanted first, and what of it cannot be read. */
export interface Peerstore {
  readonly addresses: readonly string[];
  readonly problems: readonly string[];
}

/** Reads a file with a multiaddr a line, as IPFS Cluster does: lines that do not begin with / are comments. */
export async function readPeerstore(path: string): Promise<Peerstore> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (cause instanceof Error && Reflect.get(cause, "code") === "ENOENT") return "";
    throw cause;
  });
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("/"));
  const wrong = lines.flatMap((line) => {
    const problem = multiaddrProblem(line);
    return problem === undefined ? [] : [`${line}: ${problem}`];
  });
  const addresses = lines.filter((line) => multiaddrProblem(line) === undefined);
  return { addresses, problems: wrong };
}
