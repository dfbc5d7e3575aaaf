import { posix } from "node:path";

/** Whether an argument of `add` is fetched, not read from the disk. */
export function isUrl(argument: string): boolean {
  return /^https?:\/\//i.test(argument) && URL.canParse(argument);
}

/** The last name of a URL's path, unescaped; empty when there is none. */
export function nameInUrl(url: string): string {
  const { pathname } = new URL(url);
  try {
    return posix.basename(decodeURIComponent(pathname));
  } catch {
    return posix.basename(pathname); // a lone percent sign stands for itself
  }
}
