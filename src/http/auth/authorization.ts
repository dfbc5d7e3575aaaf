/** What a request shows to say who it comes from. */
export type Shown =
  | { readonly type: "basic"; readonly user: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string };

/** Reads an `Authorization` header as Go's net/http and IPFS Cluster do; undefined when it is neither of the two. */
export function parseAuthorization(header: string | undefined): Shown | undefined {
  if (header === undefined) return undefined;
  const space = header.indexOf(" ");
  const scheme = header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1);
  if (scheme === "basic") return parsePair(value);
  return scheme === "bearer" ? { type: "bearer", token: value } : undefined;
}

function parsePair(value: string): Shown | undefined {
  const isBase64 = value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  if (!isBase64) return undefined;
  const pair = Buffer.from(value, "base64").toString();
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  return { type: "basic", user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
