import { messageOf } from "#lib";

import { InvalidNameSettingError } from "./errors.ts";
import { cleanPath } from "./paths.ts";

/**
 * Kubo's IPFS_NS_MAP: `example.org:/ipfs/…,other.org:/ipns/…`. These names lead there, whatever DNS says.
 * @throws {InvalidNameSettingError}
 */
export function parseNameMap(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return new Map(pairs.map((pair) => readPair(pair.trim())));
}

function readPair(pair: string): readonly [string, string] {
  const colon = pair.indexOf(":");
  if (colon <= 0) {
    throw new InvalidNameSettingError(`name map: expected NAME:PATH, got "${pair}"`);
  }
  try {
    return [pair.slice(0, colon).toLowerCase(), cleanPath(pair.slice(colon + 1))];
  } catch (cause) {
    throw new InvalidNameSettingError(`name map: ${messageOf(cause)}`, { cause });
  }
}
