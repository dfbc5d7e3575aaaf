import { hash } from "node:crypto";

import { type CID, multihash } from "#model";

/** Checks sha2-256 by the runtime's own code; blocks of other hashes count as sound. */
export function verifySha256(cid: CID, bytes: Uint8Array): string | undefined {
  if (cid.multihash.code !== multihash.sha256) return undefined;
  const { digest } = cid.multihash; // may be cut short
  const actual = hash("sha256", bytes, "buffer").subarray(0, digest.length);
  return actual.equals(digest) ? undefined : "the bytes do not match the hash";
}
