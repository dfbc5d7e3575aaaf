/**
 * A path without empty segments, `.` and `..`, also where their dots are escaped: whoever reads the path as a URL
 * would follow them to another route than the one that was permitted.
 */
export function cleanPath(path: string): string {
  const plain = path.replaceAll(/(?<=\/)(?:\.|%2e){1,2}(?=\/|$)/gi, (dots) =>
    dots.replaceAll(/%2e/gi, "."),
  );
  if (!/\/(?:\.{0,2})(?:\/|$)/.test(plain)) return path;
  const clean: string[] = [];
  for (const segment of plain.split("/")) {
    if (segment === "..") clean.pop();
    else if (segment !== "" && segment !== ".") clean.push(segment);
  }
  return `/${clean.join("/")}`;
}

/**
 * Whether a path is one of a route's, both as their segments. Those of a route may be `:name`, and at the end `*` for one
 * or more.
 */
export function matchesPath(wanted: readonly string[], segments: readonly string[]): boolean {
  const isOpen = wanted.at(-1) === "*";
  if (isOpen ? segments.length < wanted.length : segments.length !== wanted.length) return false;
  return wanted.every(
    (segment, index) =>
      segment === "*" ||
      segment === segments[index] ||
      (segment.startsWith(":") && segments[index] !== ""),
  );
}
