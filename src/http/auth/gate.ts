import { createHmac, randomBytes } from "node:crypto";

import { goJson, scopeNames } from "#api";
import { type Clock, CodedError, type Logger, LruMap } from "#lib";

import type { Exchange, ResponseHeaders } from "../kernel/index.ts";
import { parseAuthorization, type Shown } from "./authorization.ts";
import { verifyJwt } from "./jwt.ts";
import { defaultLoginLimits, LoginLimiter, type LoginLimits } from "./login-limiter.ts";
import type { Account, Accounts } from "./types.ts";

export interface GateDeps {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GateOptions {
  /** The surface's error document. */
  readonly describe: (status: number, message: string) => unknown;
  /** On every refusal. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly limits?: LoginLimits;
}

/** The door of a surface. */
export interface Gate {
  readonly accounts: Accounts;
  /** Who asks; undefined when it is nobody who may come in, and that has been answered. */
  admit(exchange: Exchange): Promise<Account | undefined>;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: ResponseHeaders;
}

/** Logins that are right are remembered, since a password takes long to check. */
const rememberedMax = 256;

const realm = 'realm="Restricted IPFS Cluster API"';
const noAuth = [`Bearer ${realm}`, `Basic ${realm}`];
const refusals = {
  basic: { message: "unauthorized: access denied", challenge: `Basic ${realm}` },
  bearer: {
    message: "unauthorized: invalid token",
    challenge: `Bearer ${realm}, error="invalid_token"`,
  },
} as const;

/** Where nobody has to say who they are. */
const everybody: Account = { user: undefined, scopes: scopeNames };
/** May do what everybody may. */
const stranger: Account = { user: undefined, scopes: [] };

/**
 * Makes the gate of a surface: Basic and Bearer as IPFS Cluster 1.1.6 has them (spec: cluster 1.3), and stored tokens. After
 * too many failures an address gets 429 for anything that is not known to be right.
 */
export function createGate(deps: GateDeps, options: GateOptions): Gate {
  return new AccountGate(deps, options);
}

class AccountGate implements Gate {
  readonly accounts: Accounts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: GateOptions;
  readonly #limiter: LoginLimiter;
  readonly #remembered = new LruMap<string, Account>(rememberedMax);
  /** Checks under way, so that the same login many times at once is one. */
  readonly #checks = new Map<string, Promise<Account | number | undefined>>();
  readonly #memoryKey = randomBytes(32);
  #warnedAt = -Infinity;

  constructor(deps: GateDeps, options: GateOptions) {
    this.accounts = deps.accounts;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#options = options;
    this.#limiter = new LoginLimiter(options.limits ?? defaultLoginLimits);
  }

  async admit(exchange: Exchange): Promise<Account | undefined> {
    const change = this.accounts.refresh();
    if (change !== undefined) await change;
    if (this.accounts.isOpen) return everybody;
    const { method, rawPath } = exchange;
    // preflights carry no credentials; and whether the peer lives is no secret
    if (method === "OPTIONS" || (method === "GET" && rawPath === "/health")) return stranger;
    const header = exchange.headers.authorization;
    const shown = parseAuthorization(header);
    if (shown === undefined || header === undefined) {
      const message = "unauthorized: no auth provided";
      const headers = { "WWW-Authenticate": noAuth };
      return this.#refuse(exchange, { status: 401, message, headers });
    }
    return this.#login(exchange, header, shown);
  }

  async #login(exchange: Exchange, header: string, shown: Shown): Promise<Account | undefined> {
    const key = createHmac("sha256", this.#memoryKey).update(header).digest("base64");
    const known = this.#recall(key);
    if (known !== undefined) return known;
    let outcome: Account | number | undefined;
    try {
      outcome = await this.#checkOnce(key, shown, exchange.clientAddress);
    } catch (error) {
      if (!(error instanceof CodedError) || !error.isRetryable) throw error;
      const { message } = error;
      return this.#refuse(exchange, { status: 503, message, headers: { "Retry-After": "1" } });
    }
    if (typeof outcome === "number") return this.#refuseForNow(exchange, outcome);
    if (outcome !== undefined) return outcome;
    const { message, challenge } = refusals[shown.type];
    this.#logger.debug("a login was refused", { address: exchange.clientAddress, by: shown.type });
    const headers = { "WWW-Authenticate": challenge };
    return this.#refuse(exchange, { status: 401, message, headers });
  }

  #recall(key: string): Account | undefined {
    const account = this.#remembered.get(key);
    if (account === undefined) return undefined;
    const isOver = this.#clock.now() >= (account.expiresAt ?? Infinity);
    if (!isOver && this.accounts.isCurrent(account)) return account;
    this.#remembered.delete(key);
    return undefined;
  }

  /** The account, or the milliseconds to wait, or undefined when it is wrong. */
  #checkOnce(key: string, shown: Shown, address: string): Promise<Account | number | undefined> {
    const running = this.#checks.get(key);
    if (running !== undefined) return running;
    const check = this.#check(key, shown, address).finally(() => this.#checks.delete(key));
    this.#checks.set(key, check);
    return check;
  }

  async #check(key: string, shown: Shown, address: string): Promise<Account | number | undefined> {
    const waitMs = this.#limiter.take(address, this.#clock.now());
    if (waitMs > 0) return waitMs;
    let account: Account | undefined;
    try {
      account = await this.#accountOf(shown);
    } catch (error) {
      this.#limiter.giveBack(address); // it was not looked at
      throw error;
    }
    if (account === undefined) return undefined;
    this.#limiter.giveBack(address);
    this.#remembered.set(key, account);
    return account;
  }

  async #accountOf(shown: Shown): Promise<Account | undefined> {
    const { accounts } = this;
    if (shown.type === "basic") {
      if (shown.user === "" || shown.password === "") return undefined;
      return accounts.checkPassword(shown.user, shown.password);
    }
    const stored = accounts.checkToken(shown.token);
    if (stored !== undefined) return stored;
    const keyOf = (issuer: string): string | undefined => accounts.signingKeyOf(issuer);
    const claims = verifyJwt(shown.token, keyOf, this.#clock.now());
    const account = claims === undefined ? undefined : accounts.accountOf(claims.issuer);
    return account === undefined ? undefined : { ...account, expiresAt: claims?.expiresAt };
  }

  #refuseForNow(exchange: Exchange, waitMs: number): Promise<undefined> {
    const seconds = Math.ceil(waitMs / 1000);
    const now = this.#clock.now();
    if (now - this.#warnedAt > 60_000) {
      this.#warnedAt = now;
      const address = exchange.clientAddress;
      this.#logger.warn("logins are refused after too many failures", { address });
    }
    const message = `too many failed logins from this address: try again in ${seconds} s`;
    const headers = { "Retry-After": String(seconds) };
    return this.#refuse(exchange, { status: 429, message, headers });
  }

  async #refuse(exchange: Exchange, { status, message, headers }: Refusal): Promise<undefined> {
    const body = goJson(this.#options.describe(status, message));
    const type = { "Content-Type": "application/json" };
    await exchange.send(status, { ...this.#options.headers, ...headers, ...type }, body);
    return undefined;
  }
}
