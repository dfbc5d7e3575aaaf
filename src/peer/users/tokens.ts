import { createHash } from "node:crypto";

import type { Scope } from "#api";

import { timeText } from "./edit-users.ts";
import type { TokenRecord } from "./users-file.ts";

/** Marks a token as ours, for people and for scanners that look for leaked secrets. */
const prefix = "pft";
const idBytes = 8;
const secretBytes = 32;

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

export function parseToken(text: string): TokenParts | undefined {
  const match = /^pft_([0-9a-f]{16})_([\w-]{43})$/.exec(text);
  const [, id, secret] = match ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** What is kept of a token. The owner's credential is in it, so that another password ends the token. */
export function tokenDigest(secret: string, ownerCredential: string): string {
  return createHash("sha256").update(`${secret}\0${ownerCredential}`).digest("hex");
}

export interface TokenPlan {
  readonly name: string;
  readonly user: string | undefined;
  /** The user's password or its hash; "" without a user. */
  readonly ownerCredential: string;
  readonly parent?: string | undefined;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | undefined;
}

/** A fresh token: what is shown once, and what is stored. */
export function makeToken(
  plan: TokenPlan,
  chance: { readonly randomBytes: (size: number) => Uint8Array; readonly now: number },
): { readonly token: string; readonly record: TokenRecord } {
  const id = Buffer.from(chance.randomBytes(idBytes)).toString("hex");
  const secret = Buffer.from(chance.randomBytes(secretBytes)).toString("base64url");
  const { name, user, parent, scopes, expiresAt, ownerCredential } = plan;
  const record = {
    id,
    name,
    ...(user !== undefined && { user }),
    ...(parent !== undefined && { parent }),
    scopes,
    digest: tokenDigest(secret, ownerCredential),
    created: timeText(chance.now),
    ...(expiresAt !== undefined && { expires: timeText(expiresAt) }),
  };
  return { token: `${prefix}_${id}_${secret}`, record };
}
