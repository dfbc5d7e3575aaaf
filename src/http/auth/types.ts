import type { Scope } from "#api";

/** Who asks, and what is theirs to do. */
export interface Account {
  /** The user's name; undefined for a token that belongs to nobody, and where nobody has to say who they are. */
  readonly user: string | undefined;
  readonly scopes: readonly Scope[];
  /** Set when a stored token was shown. */
  readonly tokenId?: string | undefined;
  /** When this stops being true, in milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
  /** What it rests on; another password or other scopes make another one. */
  readonly stamp?: string | undefined;
}

export interface TokenWish {
  readonly account: Account;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | undefined;
}

export interface IssuedToken {
  readonly id: string;
  /** What is shown as a bearer token. Told once: only its digest is kept. */
  readonly token: string;
}

/** The users of a surface: names, passwords, tokens. `peer` has them. */
export interface Accounts {
  /** Takes in what changed on disk; undefined when it is too early to look again. */
  refresh(): Promise<void> | undefined;
  /** Whether there is no user and no token, so that everybody may do everything. */
  readonly isOpen: boolean;
  /** Whether nothing has changed since the account was found: it need not be checked again. */
  isCurrent(account: Account): boolean;
  /**
   * Undefined when it is not the user's password, or there is no such user; both take the same time. Rejects with an
   * error that is retryable when too many are checked at once.
   */
  checkPassword(user: string, password: string): Promise<Account | undefined>;
  checkToken(token: string): Account | undefined;
  /** What signs a user's JWTs: the password, where the configuration has it in plain. Undefined: there are none. */
  signingKeyOf(user: string): string | undefined;
  /** The account behind a JWT that was signed with that key. */
  accountOf(user: string): Account | undefined;
  /** Makes a token that can be revoked, durable when it resolves. */
  issueToken(wish: TokenWish): Promise<IssuedToken>;
}
