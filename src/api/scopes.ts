import { parseDuration } from "#lib";

import { BadParameterError } from "./errors.ts";
import { parseGoTime } from "./go-time.ts";

/** What a user or a token may do: look; pin, unpin and recover; add content; and everything. */
export type Scope = "read" | "pin" | "add" | "admin";

export const scopeNames: readonly Scope[] = ["read", "pin", "add", "admin"];

/** Reads names separated by commas or spaces. @throws {BadParameterError} for an unknown one, and for none */
export function parseScopes(text: string): readonly Scope[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const scopes = scopeNames.filter((scope) => words.includes(scope));
  const unknown = words.find((word) => !scopeNames.some((scope) => scope === word));
  if (unknown === undefined && scopes.length > 0) return scopes;
  const given = unknown === undefined ? "nothing" : `"${unknown}"`;
  throw new BadParameterError(
    `parameter scope invalid: expected ${scopeNames.join(", ")}, got ${given}`,
  );
}

/** What `admin` includes besides itself: all. */
export function mayDo(held: readonly Scope[], wanted: Scope): boolean {
  return held.includes("admin") || held.includes(wanted);
}

/** How long a token lives when nobody says. */
export const defaultTokenLifetime = "90d";

const dayMs = 86_400_000;
/** The last moment that a date can name in four digits. */
const endOfTime = Date.parse("9999-12-31T23:59:59Z");

/**
 * When something ends that is to live for `text`: a duration such as `12h`, days such as `30d`, a moment such as
 * `2030-01-02T03:04:05Z`, or `never` (undefined). @throws {BadParameterError} for anything else, and for the past
 */
export function parseExpiry(text: string, now: number): number | undefined {
  if (text === "never") return undefined;
  const days = /^\d{1,6}d$/.test(text) ? Number(text.slice(0, -1)) * dayMs : undefined;
  const lifetime = days ?? parseDuration(text);
  const at = lifetime === undefined ? parseGoTime(text) : now + lifetime;
  if (at !== undefined && at > now && at <= endOfTime) return at;
  const expected = "a time from now on such as 12h, 30d, 2030-01-02T03:04:05Z, or never";
  throw new BadParameterError(`parameter expires invalid: expected ${expected}, got "${text}"`);
}
