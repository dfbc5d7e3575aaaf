import { InvalidPathError, parseContentPath } from "#model";

/** A path as names see it: what follows the root is kept as text, with a slash at its end. */
export interface NamePath {
  readonly namespace: "ipfs" | "ipns" | "ipld";
  readonly root: string;
  /** Empty, or begins with a slash. */
  readonly rest: string;
}

/**
 * A path without `.`, `..` and empty segments; a slash at the end stays. Takes `ipfs://…` too, as boxo's NewPathFromURI.
 * @throws {InvalidPathError}
 */
export function cleanPath(text: string): string {
  return formatPath(parsePath(text));
}

/** @throws {InvalidPathError} */
export function parsePath(text: string): NamePath {
  const path = text.replace(/^(ipfs|ipns):(\/\/)?/, "/$1/");
  if (!path.startsWith("/")) {
    throw new InvalidPathError(text, "path does not have enough components");
  }
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const cleaned = `/${segments.join("/")}`;
  if (segments.length < 2) {
    throw new InvalidPathError(text, "path does not have enough components");
  }
  const { namespace, root } = parseContentPath(cleaned);
  const rest = cleaned.slice(namespace.length + root.length + 2);
  return { namespace, root, rest: path.endsWith("/") ? `${rest}/` : rest };
}

export function formatPath({ namespace, root, rest }: NamePath): string {
  return `/${namespace}/${root}${rest}`;
}

/** The path below where a name leads. */
export function joinPath(base: string, rest: string): string {
  return rest === "" ? base : `${base.replace(/\/$/, "")}${rest}`;
}
