import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";

import type { Scope } from "#api";
import { type Clock, silentLogger } from "#lib";

import { NotInitializedError } from "../errors.ts";
import type { DataFolder } from "../folder.ts";
import { addToken, addUser, isOver, removeUser, revokeToken, setPassword } from "./edit-users.ts";
import { BadPasswordError, BadUserNameError, UnknownUserError } from "./errors.ts";
import { PasswordHasher } from "./password.ts";
import { makeToken } from "./tokens.ts";
import { openUserStore } from "./user-store.ts";

/** A user as people see one. */
export interface UserInfo {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly created: string;
}

/** A token as people see one: without its secret. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly user: string | undefined;
  readonly scopes: readonly Scope[];
  readonly created: string;
  readonly expires: string | undefined;
  readonly isExpired: boolean;
}

/** Users and tokens of a data folder, whether its peer runs or not: a running one sees changes within half a second. */
export interface UserAdmin {
  /** Whether there is a users.json, so that the APIs ask who is there. */
  readonly isClosed: boolean;
  users(): readonly UserInfo[];
  /** @throws {UserExistsError} {BadUserNameError} {BadPasswordError} */
  addUser(name: string, password: string, scopes: readonly Scope[]): Promise<void>;
  /** Answers how many tokens went with the old password. @throws {UnknownUserError} {BadPasswordError} */
  setPassword(name: string, password: string): Promise<number>;
  /** Answers how many tokens went too. @throws {UnknownUserError} */
  removeUser(name: string): Promise<number>;
  tokens(): readonly TokenInfo[];
  /** @throws {UnknownUserError} for a user who is not in users.json */
  createToken(wish: NewToken): Promise<{ readonly id: string; readonly token: string }>;
  /** Answers the ids of all that ended: it, and what was made with it. */
  revokeToken(id: string): Promise<readonly string[]>;
}

interface NewToken {
  readonly name: string;
  readonly user: string | undefined;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | undefined;
}

const passwordMin = 8;
const passwordBytesMax = 1024;

/** @throws {NotInitializedError} {InvalidUsersError} */
export async function openUserAdmin(folder: DataFolder, clock: Clock): Promise<UserAdmin> {
  if (!existsSync(folder.configPath)) throw new NotInitializedError(folder.path, "configuration");
  const store = await openUserStore(folder.usersPath, { clock, logger: silentLogger });
  const hasher = new PasswordHasher();
  const hash = (password: string): Promise<string> => {
    checkPassword(password);
    return hasher.hash(password, randomBytes(16));
  };
  return {
    isClosed: store.content !== undefined,
    users: () =>
      (store.content?.users ?? []).map(({ name, scopes, created }) => ({ name, scopes, created })),
    addUser: async (name, given, scopes) => {
      checkName(name);
      const user = { name, password: await hash(given), scopes, now: clock.now() };
      await store.change((content) => addUser(content, user));
    },
    setPassword: async (name, given) => {
      const change = { name, password: await hash(given) };
      return store.change((content) => setPassword(content, change));
    },
    removeUser: (name) => store.change((content) => removeUser(content, name)),
    tokens: () =>
      (store.content?.tokens ?? []).map(({ id, name, user, scopes, created, expires }) => {
        const isExpired = isOver(expires, clock.now());
        return { id, name, user, scopes, created, expires, isExpired };
      }),
    createToken: (wish) =>
      store.change((content) => {
        const user = content.users.find(({ name }) => name === wish.user);
        if (wish.user !== undefined && user === undefined) throw new UnknownUserError(wish.user);
        const plan = { ...wish, ownerCredential: user?.password ?? "" };
        const now = clock.now();
        const { token, record } = makeToken(plan, { randomBytes, now });
        const edited = addToken(content, record, now);
        return { content: edited.content, result: { id: record.id, token } };
      }),
    revokeToken: (id) => store.change((content) => revokeToken(content, id)),
  };
}

/** @throws {BadUserNameError} */
function checkName(name: string): void {
  // a colon ends the name in Basic credentials
  if (!/^[^:\p{C}\s][^:\p{C}]{0,63}$/u.test(name)) throw new BadUserNameError(name);
}

/** @throws {BadPasswordError} */
function checkPassword(password: string): void {
  const isLong = Buffer.byteLength(password) > passwordBytesMax;
  if (password.length < passwordMin || isLong) throw new BadPasswordError(passwordMin);
}
