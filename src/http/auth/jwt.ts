import { createHmac, timingSafeEqual } from "node:crypto";

const hashes: ReadonlyMap<unknown, string> = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

/** What a JWT says that was signed by its issuer and counts now. */
export interface JwtClaims {
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** A JWT as IPFS Cluster gives out: HS256, `iss` and nothing else (but the end it must have), so always the same. */
export function signJwt(issuer: string, key: string, expiresAt?: number): string {
  const end = expiresAt === undefined ? {} : { exp: expiresAt / 1000 };
  const signed = [
    { alg: "HS256", typ: "JWT" },
    { iss: issuer, ...end },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

/**
 * Checks a JWT as golang-jwt 4 does for IPFS Cluster: HMAC family alone, the issuer's key, and `exp`, `nbf`, `iat` where they
 * are given. Unlike there an empty key signs nothing. Undefined when it does not count, for whatever reason.
 */
export function verifyJwt(
  token: string,
  keyOf: (issuer: string) => string | undefined,
  nowMs: number,
): JwtClaims | undefined {
  const parts = token.split(".");
  const [head, claims, signature] = parts.map(decodePart);
  if (parts.length !== 3 || !head || !claims || !signature) return undefined;
  const hash = hashes.get(field(parseObject(head), "alg"));
  const read = readClaims(parseObject(claims), nowMs);
  const key = read === undefined ? undefined : keyOf(read.issuer);
  if (hash === undefined || key === undefined || key === "") return undefined;
  const signed = token.slice(0, token.lastIndexOf("."));
  const expected = createHmac(hash, key).update(signed).digest();
  const isRight = expected.length === signature.length && timingSafeEqual(expected, signature);
  return isRight ? read : undefined;
}

function decodePart(part: string): Buffer | undefined {
  return /^[\w-]+$/.test(part) ? Buffer.from(part, "base64url") : undefined;
}

function parseObject(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // no JSON is no token
  }
}

function field(object: object | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name)
    ? Reflect.get(object, name)
    : undefined;
}

/** Undefined when a claim is not what RFC 7519 says, or does not hold now. */
function readClaims(claims: object | undefined, nowMs: number): JwtClaims | undefined {
  const issuer = field(claims, "iss");
  if (claims === undefined || typeof issuer !== "string" || !isAudience(field(claims, "aud"))) {
    return undefined;
  }
  const [exp, nbf, iat] = ["exp", "nbf", "iat"].map((name) => momentOf(field(claims, name)));
  const times = [exp, nbf, iat].filter((moment) => moment !== undefined);
  if (times.some(Number.isNaN)) return undefined;
  const isOver = exp !== undefined && nowMs >= exp;
  const isEarly = (nbf !== undefined && nowMs < nbf) || (iat !== undefined && nowMs < iat);
  return isOver || isEarly ? undefined : { issuer, expiresAt: exp };
}

function isAudience(value: unknown): boolean {
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
  return value === undefined || value === null || typeof value === "string" || isTexts;
}

/** Milliseconds; NaN for what is no time. A number in a text counts, as Go's json.Number. */
function momentOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const isNumber = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  return isNumber ? Number(value) * 1000 : Number.NaN;
}
