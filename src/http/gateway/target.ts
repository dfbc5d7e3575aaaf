import { messageOf } from "#lib";
import { type CID, type ContentPath, InvalidPathError, parseCid } from "#model";

import { decodeSegment, encodePath } from "./percent.ts";

/** What a request target under /ipfs/ names. */
export interface Target {
  readonly path: ContentPath & { readonly cid: CID };
  /** The path as a URL has it: without empty and dot segments, percent-encoded in one way, trailing slash kept. */
  readonly url: string;
  /** The same, decoded: what error texts name. */
  readonly text: string;
  readonly hasTrailingSlash: boolean;
}

export type Route =
  | { readonly type: "content"; readonly target: Target }
  | { readonly type: "redirect"; readonly location: string }
  | { readonly type: "home" }
  | { readonly type: "name" }
  | { readonly type: "unknown" };

const namespace = "/ipfs/";

/**
 * Says what a request target (without its query) asks for. Works on the text as it was sent: a URL object costs
 * microseconds and changes the path.
 * @throws {InvalidPathError} worded as boxo's path package
 */
export function parseRoute(rawPath: string): Route {
  if (rawPath.startsWith(namespace)) {
    return rawPath.startsWith("ipfs/", 6) || rawPath.startsWith("ipns/", 6)
      ? { type: "redirect", location: intendedPath(rawPath.slice(5)) }
      : { type: "content", target: parseTarget(rawPath) };
  }
  if (rawPath === "/") return { type: "home" };
  if (rawPath.startsWith("/ipns/") || rawPath === "/ipns") return { type: "name" };
  if (rawPath === "/ipfs") throw tooShort(rawPath);
  return { type: "unknown" };
}

/** @throws {InvalidPathError} */
function parseTarget(rawPath: string): Target {
  const names = splitPath(rawPath, namespace.length);
  const root = names[0];
  if (root === undefined) throw tooShort(rawPath);
  const hasTrailingSlash = rawPath.endsWith("/");
  const text = `${namespace}${names.join("/")}${hasTrailingSlash ? "/" : ""}`;
  let cid: CID;
  try {
    cid = parseCid(root);
  } catch (cause) {
    throw new InvalidPathError(text, messageOf(cause));
  }
  const path = { namespace: "ipfs", root, cid, segments: names.slice(1) } as const;
  return { path, url: urlOf(names, hasTrailingSlash), text, hasTrailingSlash };
}

/** A slash inside a name is not a separator, so names are encoded one by one. */
function urlOf(names: readonly string[], hasTrailingSlash: boolean): string {
  let url = "/ipfs";
  for (const name of names) {
    const encoded = encodePath(name);
    url += `/${name.includes("/") ? encoded.replaceAll("/", "%2F") : encoded}`;
  }
  return hasTrailingSlash ? `${url}/` : url;
}

/** The decoded names of a path from an offset on; empty ones and dots resolved. */
function splitPath(rawPath: string, from: number): string[] {
  const names: string[] = [];
  for (let start = from; start < rawPath.length;) {
    const slash = rawPath.indexOf("/", start);
    const end = slash === -1 ? rawPath.length : slash;
    const name = decodeSegment(rawPath.slice(start, end));
    if (name === undefined) throw new InvalidPathError(rawPath, "invalid URL escape");
    // a way up out of the root is no path to anything
    if (name === ".." && names.pop() === undefined) throw tooShort(rawPath);
    if (name !== "" && name !== "." && name !== "..") names.push(name);
    start = end + 1;
  }
  return names;
}

/** Where `/ipfs/ipfs/<cid>` and `/ipfs/ipns/<name>` were meant to lead. */
function intendedPath(path: string): string {
  if (path.startsWith(namespace)) return parseTarget(path).url;
  const names = splitPath(path, namespace.length);
  if (names.length === 0) throw tooShort(path);
  return urlOf(names, path.endsWith("/")).replace("/ipfs", "/ipns");
}

function tooShort(path: string): InvalidPathError {
  return new InvalidPathError(path, "path does not have enough components");
}
