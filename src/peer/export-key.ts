import { dirname } from "node:path";

import type { DataFolder } from "./folder.ts";

/**
 * A key of the IPFS node's folder other than `self`, as libp2p's protobuf or PEM; a peer may run there meanwhile.
 * @throws {NoSuchKeyError} {InvalidKeyNameError} {InvalidKeyError}
 */
export async function exportKey(
  folder: DataFolder,
  name: string,
  format: "protobuf" | "pem",
): Promise<Uint8Array> {
  const ipfs = await import("#ipfs");
  const kubosName = format === "pem" ? "pem-pkcs8-cleartext" : "libp2p-protobuf-cleartext";
  return ipfs.exportKey(dirname(folder.ipfsKeyPath), name, kubosName);
}
