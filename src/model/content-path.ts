import { messageOf } from "#lib";

import { type CID, parseCid } from "./cid.ts";
import { InvalidPathError } from "./errors.ts";

/** A parsed content path. `segments` are the names below the root, decoded, without empty ones. */
export interface ContentPath {
  readonly namespace: "ipfs" | "ipns" | "ipld";
  /** A CID in text form, or for ipns a name. */
  readonly root: string;
  /** The root as CID; undefined under /ipns. */
  readonly cid: CID | undefined;
  readonly segments: readonly string[];
}

/**
 * Reads `/ipfs/<cid>[/path]`, `/ipns/<name>[/path]`, `/ipld/…`, a bare `<cid>[/path]`, `ipfs://<cid>[/path]` and
 * `ipns://…`, as Kubo 0.43 takes them (`spec` of its RPC: CID and path arguments). Segments are taken as they are:
 * no percent-decoding.
 * @throws {InvalidPathError} worded as boxo's path package.
 */
export function parseContentPath(text: string): ContentPath {
  const path = text.replace(/^(ipfs|ipns):(\/\/)?/, "/$1/");
  const parts = path.split("/").filter((part) => part !== "");
  const isRooted = path.startsWith("/");
  const namespace = isRooted ? parts[0] : "ipfs";
  const rest = isRooted ? parts.slice(1) : parts;
  const root = rest[0];
  if (root === undefined) throw new InvalidPathError(text, "path does not have enough components");
  if (namespace !== "ipfs" && namespace !== "ipns" && namespace !== "ipld") {
    throw new InvalidPathError(text, `unknown namespace: ${JSON.stringify(namespace)}`);
  }
  const segments = rest.slice(1);
  if (namespace === "ipns") return { namespace, root, cid: undefined, segments };
  try {
    return { namespace, root, cid: parseCid(root), segments };
  } catch (cause) {
    // a word without a slash is no path at all for Kubo
    const reason = isRooted ? messageOf(cause) : "path does not have enough components";
    throw new InvalidPathError(text, reason);
  }
}

/** The path as text, with its namespace in front. */
export function formatContentPath(path: ContentPath): string {
  return `/${[path.namespace, path.root, ...path.segments].join("/")}`;
}
