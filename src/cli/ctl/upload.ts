import { lstatSync, type Stats } from "node:fs";
import { access, constants } from "node:fs/promises";
import { posix } from "node:path";

import type { UploadEntry } from "#api";

import { AddFileError } from "../errors.ts";
import { walkFiles, type WalkOptions } from "../walk-files.ts";
import { stop } from "./stop.ts";
import { systemProblem } from "./system-problem.ts";

export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path) && URL.canParse(path);
}

/** Looks at every path before anything is sent. @throws {ExitError} */
export async function checkPaths(
  paths: readonly string[],
  options: WalkOptions & { readonly isByReference: boolean },
): Promise<void> {
  for (const path of paths.filter((each) => !isUrl(each))) {
    if (options.isByReference) throw stop("", "nocopy option is only valid for URLs");
    const clean = cleaned(path);
    if (statOf(clean).isDirectory() && !options.isRecursive) {
      throw stop("", `${clean} is a directory, but Recursive option is not set`);
    }
    await checkReadable(clean);
  }
}

/** Everything under the paths, and what the URLs answer. */
export async function* entriesOf(
  paths: readonly string[],
  options: WalkOptions & { readonly signal: AbortSignal },
): AsyncGenerator<UploadEntry> {
  for (const path of paths) {
    if (isUrl(path)) yield await download(path, options.signal);
    else yield* walkFiles(path, options);
  }
}

function cleaned(path: string): string {
  if (path === ".") return process.cwd();
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, "") : clean;
}

function statOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw stop("", `lstat ${path}: ${systemProblem(error)}`);
  }
}

async function checkReadable(path: string): Promise<void> {
  if (statOf(path).isSymbolicLink()) return;
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw stop("", `open ${path}: ${systemProblem(error)}`);
  }
}

async function download(url: string, signal: AbortSignal): Promise<UploadEntry> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) {
    const answered = `${response.status} ${response.statusText}`.trim();
    throw new AddFileError(url, `got non-2XX status code ${response.status}: ${answered}`);
  }
  const path = new URL(url).pathname;
  const name = posix.basename(path);
  return { path: name === "" ? new URL(url).hostname : name, type: "file", content: response.body };
}
