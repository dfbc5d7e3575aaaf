import { randomBytes } from "node:crypto";

import { mayDo, type Scope, scopeNames } from "#api";
import type { Account, Accounts, IssuedToken, TokenWish } from "#http";
import type { Clock, Logger } from "#lib";

import { addToken, isOver } from "./edit-users.ts";
import { isSameSecret, type PasswordHasher } from "./password.ts";
import { makeToken, parseToken, tokenDigest } from "./tokens.ts";
import type { UserStore } from "./user-store.ts";
import type { TokenRecord, UserRecord } from "./users-file.ts";

export interface AccountsDeps {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** `basic_auth_credentials` of a surface: users with all scopes, by name. Null: none. */
export type PlainCredentials = Readonly<Record<string, string>> | null;

/**
 * The users of a surface: those of its `basic_auth_credentials`, and those of users.json, who go before them where a name is
 * in both. With neither the surface is open to all.
 */
export function createAccounts(deps: AccountsDeps, credentials: PlainCredentials): Accounts {
  return new StoreAccounts(deps, credentials);
}

interface Index {
  readonly revision: number;
  readonly users: ReadonlyMap<string, UserRecord>;
  readonly tokens: ReadonlyMap<string, TokenRecord>;
}

class StoreAccounts implements Accounts {
  readonly #deps: AccountsDeps;
  readonly #plain: ReadonlyMap<string, string>;
  readonly #isPlainOpen: boolean;
  #index: Index = { revision: -1, users: new Map(), tokens: new Map() };

  constructor(deps: AccountsDeps, credentials: PlainCredentials) {
    this.#deps = deps;
    this.#plain = new Map(Object.entries(credentials ?? {}));
    this.#isPlainOpen = credentials === null;
    for (const name of this.#plain.keys()) {
      if (!this.#now().users.has(name)) continue;
      deps.logger.warn("a user of the configuration is in users.json too, which counts", { name });
    }
  }

  get isOpen(): boolean {
    return this.#isPlainOpen && this.#deps.store.content === undefined;
  }

  refresh(): Promise<void> | undefined {
    return this.#deps.store.refresh();
  }

  async checkPassword(name: string, password: string): Promise<Account | undefined> {
    const { hasher } = this.#deps;
    const user = this.#now().users.get(name);
    if (user !== undefined) {
      const account = this.accountOf(name);
      return (await hasher.verify(password, user.password)) ? account : undefined;
    }
    const plain = this.#plain.get(name) ?? "";
    const isRight = isSameSecret(plain, password) && plain !== "";
    if (isRight) return this.accountOf(name);
    // a wrong name takes as long as a wrong password
    if (this.#now().users.size > 0) await hasher.waste(password);
    return undefined;
  }

  checkToken(text: string): Account | undefined {
    const parts = parseToken(text);
    const record = parts === undefined ? undefined : this.#now().tokens.get(parts.id);
    if (parts === undefined || record === undefined) return undefined;
    const credential = this.#credentialOf(record.user);
    if (credential === undefined) return undefined;
    if (!isSameSecret(tokenDigest(parts.secret, credential), record.digest)) return undefined;
    if (isOver(record.expires, this.#deps.clock.now())) return undefined;
    const expiresAt = record.expires === undefined ? undefined : Date.parse(record.expires);
    const scopes = this.#scopesOf(record);
    const stamp = this.#stampOf({ user: record.user, tokenId: record.id });
    return { user: record.user, scopes, tokenId: record.id, expiresAt, stamp };
  }

  signingKeyOf(name: string): string | undefined {
    return this.#now().users.has(name) ? undefined : this.#plain.get(name);
  }

  accountOf(name: string): Account | undefined {
    const user = this.#now().users.get(name);
    if (user === undefined && !this.#plain.has(name)) return undefined;
    const stamp = this.#stampOf({ user: name });
    return { user: name, scopes: user?.scopes ?? scopeNames, stamp };
  }

  isCurrent(account: Account): boolean {
    return account.stamp !== undefined && account.stamp === this.#stampOf(account);
  }

  async issueToken({ account, scopes, expiresAt }: TokenWish): Promise<IssuedToken> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const plan = {
      name: "",
      user: account.user,
      ownerCredential: this.#credentialOf(account.user) ?? "",
      parent: account.tokenId,
      scopes,
      expiresAt,
    };
    const { token, record } = makeToken(plan, { randomBytes, now });
    await store.change((content) => addToken(content, record, now));
    return { id: record.id, token };
  }

  /** "" for what belongs to nobody; undefined when the user is gone. */
  #credentialOf(name: string | undefined): string | undefined {
    if (name === undefined) return "";
    return this.#now().users.get(name)?.password ?? this.#plain.get(name);
  }

  /** Undefined when the user or the token is gone. */
  #stampOf({ user, tokenId }: Pick<Account, "user" | "tokenId">): string | undefined {
    const credential = this.#credentialOf(user);
    const scopes = user === undefined ? undefined : this.#now().users.get(user)?.scopes;
    const digest = tokenId === undefined ? "" : this.#now().tokens.get(tokenId)?.digest;
    if (credential === undefined || digest === undefined) return undefined;
    return JSON.stringify([credential, scopes, digest]);
  }

  /** A token never does more than its owner may. */
  #scopesOf({ user, scopes }: TokenRecord): readonly Scope[] {
    const owner = user === undefined ? undefined : this.#now().users.get(user);
    if (owner === undefined) return scopes;
    if (scopes.includes("admin")) return owner.scopes;
    return scopes.filter((scope) => mayDo(owner.scopes, scope));
  }

  /** The file's records by name and id, as it is now. */
  #now(): Index {
    const { revision, content } = this.#deps.store;
    if (this.#index.revision === revision) return this.#index;
    const { users = [], tokens = [] } = content ?? {};
    this.#index = {
      revision,
      users: new Map(users.map((user) => [user.name, user])),
      tokens: new Map(tokens.map((token) => [token.id, token])),
    };
    return this.#index;
  }
}
