import { posix } from "node:path";

import { goQuote, messageOf } from "#lib";
import { formatContentPath, parseContentPath } from "#model";

import { stop } from "./stop.ts";

/** A content path, or a CID with or without a path, as a path. @throws {ExitError} */
export function targetPath(text: string): string {
  try {
    return cleaned(text);
  } catch {
    // not a path by itself: maybe below /ipfs
  }
  try {
    return cleaned(`/ipfs/${text}`);
  } catch (error) {
    // the text itself is told, not what became of it
    const reason = messageOf(error).replace(/^invalid path ".*?": /, "");
    throw stop("", `invalid path ${goQuote(`/ipfs/${text}`)}: ${reason}`);
  }
}

function cleaned(text: string): string {
  if (!text.startsWith("/")) throw new Error("path does not have enough components");
  return formatContentPath(parseContentPath(posix.normalize(text)));
}
