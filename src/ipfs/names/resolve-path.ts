import { type ContentPath, formatContentPath, parseContentPath, type SignalOptions } from "#model";

import type { Names } from "./types.ts";

/** A path under /ipns becomes the one it leads to; every other path stays. Errors as `Names.resolve`. */
export async function resolveNamePath(
  names: Pick<Names, "resolve">,
  path: ContentPath,
  options: SignalOptions & { readonly isLocalOnly?: boolean } = {},
): Promise<ContentPath> {
  if (path.cid !== undefined) return path;
  const resolved = await names.resolve(formatContentPath(path), options);
  return parseContentPath(resolved.path);
}
