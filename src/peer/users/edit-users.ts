// Changes of users.json as pure functions.

import type { Scope } from "#api";

import {
  TooManyUsersError,
  UnknownTokenError,
  UnknownUserError,
  UserExistsError,
} from "./errors.ts";
import type { Edited } from "./user-store.ts";
import type { TokenRecord, UserRecord, UsersFile } from "./users-file.ts";

/** Bounds on the file: it is read and written whole. */
const usersMax = 1000;
const tokensMax = 10_000;

export interface NewUser {
  readonly name: string;
  /** Hashed. */
  readonly password: string;
  readonly scopes: readonly Scope[];
  readonly now: number;
}

/** @throws {UserExistsError} {TooManyUsersError} */
export function addUser(content: UsersFile, user: NewUser): Edited<UserRecord> {
  if (content.users.some(({ name }) => name === user.name)) throw new UserExistsError(user.name);
  if (content.users.length >= usersMax) throw new TooManyUsersError("users", usersMax);
  const { now, ...given } = user;
  const result = { ...given, created: timeText(now) };
  return { content: { ...content, users: [...content.users, result] }, result };
}

/** Takes the user's tokens with it; answers how many. @throws {UnknownUserError} */
export function removeUser(content: UsersFile, name: string): Edited<number> {
  requireUser(content, name);
  const tokens = content.tokens.filter(({ user }) => user !== name);
  const users = content.users.filter((user) => user.name !== name);
  return { content: { ...content, users, tokens }, result: content.tokens.length - tokens.length };
}

/** A new password ends the user's tokens; answers how many. @throws {UnknownUserError} */
export function setPassword(
  content: UsersFile,
  change: { readonly name: string; readonly password: string },
): Edited<number> {
  requireUser(content, change.name);
  const tokens = content.tokens.filter(({ user }) => user !== change.name);
  const users = content.users.map((user) =>
    user.name === change.name ? { ...user, password: change.password } : user,
  );
  return { content: { ...content, users, tokens }, result: content.tokens.length - tokens.length };
}

/** Drops what has expired, too. @throws {TooManyUsersError} {UnknownTokenError} when its parent was revoked meanwhile */
export function addToken(content: UsersFile, token: TokenRecord, now: number): Edited<TokenRecord> {
  const { parent } = token;
  if (parent !== undefined && !content.tokens.some(({ id }) => id === parent)) {
    throw new UnknownTokenError(parent);
  }
  const tokens = content.tokens.filter(({ expires }) => !isOver(expires, now));
  if (tokens.length >= tokensMax) throw new TooManyUsersError("tokens", tokensMax);
  return { content: { ...content, tokens: [...tokens, token] }, result: token };
}

/** Takes along what was made with it; answers the ids of all, none when there is no such token. */
export function revokeToken(content: UsersFile, id: string): Edited<readonly string[]> {
  const gone = new Set(content.tokens.filter((token) => token.id === id).map((token) => token.id));
  for (let before = -1; before < gone.size;) {
    before = gone.size;
    for (const token of content.tokens) {
      if (token.parent !== undefined && gone.has(token.parent)) gone.add(token.id);
    }
  }
  const tokens = content.tokens.filter((token) => !gone.has(token.id));
  return { content: { ...content, tokens }, result: [...gone] };
}

export function isOver(expires: string | undefined, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now;
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

function requireUser(content: UsersFile, name: string): void {
  if (!content.users.some((user) => user.name === name)) throw new UnknownUserError(name);
}
