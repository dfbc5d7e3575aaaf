// Percent-encoding as Go's net/url does it for paths, which is what clients of gateways compare.

/** Raw in a path: unreserved characters, `$ & + , : ; = @`, and the separator. */
const rawInPath = new Set(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,:;=@/",
);

/** A path or a name, percent-encoded for a URL's path; slashes stay. */
export function encodePath(text: string): string {
  if (isRaw(text)) return text;
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/%(?:2F|24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(/[!'()*]/g, encodeCharacter);
}

/** A text, percent-encoded for a query's value: only unreserved characters stay. */
export function encodeQueryValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, encodeCharacter);
}

/**
 * A path segment without its percent-encoding; undefined when an escape is malformed. Bytes that are no UTF-8 become
 * U+FFFD, as they do in names that are read from a directory.
 */
export function decodeSegment(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return decodeLossy(text);
  }
}

function decodeLossy(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  const runs = text.split(/((?:%[0-9a-f]{2})+)/i);
  return runs
    .map((run) => (run.startsWith("%") ? Buffer.from(run.replaceAll("%", ""), "hex") : run))
    .map((run) => run.toString())
    .join("");
}

function isRaw(text: string): boolean {
  for (const character of text) if (!rawInPath.has(character)) return false;
  return true;
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
