import { parseListenAddress } from "./config/listen-address.ts";
import { InvalidConfigError } from "./errors.ts";

/** Where the RPC of an IPFS node elsewhere is. */
export interface NodeAddress {
  /** `host:port`; `ipfs` for a socket file, as the Go program writes it. */
  readonly authority: string;
  readonly host: string;
  readonly port: number;
  /** A unix socket instead of host and port. */
  readonly socketPath: string | undefined;
}

/** Reads a `node_multiaddress`; `place` is its key. @throws {InvalidConfigError} */
export function parseNodeAddress(multiaddress: string, place: string): NodeAddress {
  const parsed = parseListenAddress(multiaddress);
  if (parsed === undefined) {
    const problem = `no address of an IPFS node such as /ip4/127.0.0.1/tcp/5001, got ${JSON.stringify(multiaddress)}`;
    throw new InvalidConfigError(place, problem);
  }
  const { host, port } = parsed;
  const socketPath = host.startsWith("/unix/") ? host.slice("/unix".length) : undefined;
  if (socketPath !== undefined) return { authority: "ipfs", host: "ipfs", port: 0, socketPath };
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return { authority, host, port, socketPath };
}
