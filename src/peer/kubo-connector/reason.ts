import { codeOf, knownSystemProblem } from "#lib";

import type { NodeAddress } from "../node-address.ts";

/** Why there is no connection, in the words of Go's net package, which IPFS Cluster shows. */
export function reasonOf(cause: Error, address: NodeAddress): string {
  const { socketPath, authority, host } = address;
  const place = socketPath === undefined ? `tcp ${authority}` : `unix ${socketPath}`;
  const problem = knownSystemProblem(cause);
  if (problem !== undefined) return `dial ${place}: connect: ${problem}`;
  const isUnknown = ["ENOTFOUND", "EAI_AGAIN"].includes(codeOf(cause) ?? "");
  if (isUnknown) return `dial tcp: lookup ${host}: no such host`;
  return isCutOff(cause) ? "EOF" : cause.message;
}

/** Whether the connection was there and broke. */
export function isCutOff(cause: Error): boolean {
  const code = codeOf(cause);
  return code === "ECONNRESET" || code === "EPIPE" || cause.message === "aborted";
}
