import { lstatSync, type Stats } from "node:fs";
import { access, constants } from "node:fs/promises";
import { posix } from "node:path";

import type { UploadEntry } from "#api";
import { codeOf, messageOf, systemProblem } from "#lib";

import { isUrl, nameInUrl } from "../url-argument.ts";
import { walkFiles, type WalkOptions } from "../walk-files.ts";
import { DownloadError } from "./errors.ts";
import { goCause } from "./go-cause.ts";
import { stop } from "./stop.ts";

/** Looks at every path before anything is sent. @throws {ExitError} */
export async function checkPaths(
  paths: readonly string[],
  options: WalkOptions & { readonly isByReference: boolean },
): Promise<void> {
  for (const path of paths.filter((each) => !isUrl(each))) {
    if (options.isByReference) throw stop("", "nocopy option is only valid for URLs");
    const clean = cleaned(path);
    const stats = statOf(clean);
    if (stats.isDirectory() && !options.isRecursive) {
      throw stop("", `${clean} is a directory, but Recursive option is not set`);
    }
    if (!stats.isDirectory() && !stats.isFile() && !stats.isSymbolicLink()) {
      throw stop("", `unrecognized file type for ${clean}`);
    }
    if (!stats.isSymbolicLink()) await checkReadable(clean);
  }
}

/** Everything under the paths, and what the URLs answer. */
export async function* entriesOf(
  paths: readonly string[],
  options: WalkOptions & { readonly signal: AbortSignal },
): AsyncGenerator<UploadEntry> {
  for (const path of paths) {
    if (isUrl(path)) yield await download(path, options.signal);
    else yield* walkFiles(cleaned(path), options);
  }
}

/** With a slash at its end a link would be followed. */
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
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw stop("", `open ${path}: ${systemProblem(error)}`);
  }
}

async function download(url: string, signal: AbortSignal): Promise<UploadEntry> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new DownloadError(`Get "${url}": ${fetchProblem(url, cause)}`, { cause });
  });
  if (!response.ok || response.body === null) {
    throw new DownloadError(`got non-2XX status code ${response.status}: ${url}`);
  }
  return { path: nameInUrl(url), type: "file", content: response.body, origin: url };
}

function fetchProblem(url: string, cause: unknown): string {
  const { hostname, port, protocol } = new URL(url);
  const code = codeOf(cause);
  const there = { address: hostname, port: port || (protocol === "https:" ? 443 : 80) };
  return goCause(Object.assign(new Error("fetch"), { code, ...there }), messageOf(cause));
}
