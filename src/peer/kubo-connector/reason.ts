import type { NodeAddress } from "../node-address.ts";

/** Why there is no connection, in the words of Go's net package, which IPFS Cluster shows. */
export function reasonOf(cause: Error, address: NodeAddress): string {
  const code: unknown = Reflect.get(cause, "code");
  const { socketPath, authority, host } = address;
  const place = socketPath === undefined ? `tcp ${authority}` : `unix ${socketPath}`;
  switch (code) {
    case "ECONNREFUSED":
    case "ConnectionRefused":
      return `dial ${place}: connect: connection refused`;
    case "ENOENT":
      return `dial ${place}: connect: no such file or directory`;
    case "EACCES":
      return `dial ${place}: connect: permission denied`;
    case "EHOSTUNREACH":
      return `dial ${place}: connect: no route to host`;
    case "ENETUNREACH":
      return `dial ${place}: connect: network is unreachable`;
    case "ETIMEDOUT":
      return `dial ${place}: connect: connection timed out`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host}: no such host`;
    default:
      return isCutOff(cause) ? "EOF" : cause.message;
  }
}

/** Whether the connection was there and broke. */
export function isCutOff(cause: Error): boolean {
  const code: unknown = Reflect.get(cause, "code");
  return code === "ECONNRESET" || code === "EPIPE" || cause.message === "aborted";
}
