// Goal: what the recordings cannot show of logins: JWTs at the edges of their time, addresses that fail too often, logins that
// are remembered, and what ends them.
// Method: the gate over accounts, requests and a clock that the test owns; the parts by themselves.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Account, type Accounts, createGate, type Exchange } from "#http";
import { CodedError, type Logger, silentLogger } from "#lib";
import { ManualClock, until } from "#test/manual-clock";

import { parseAuthorization } from "../../../src/http/auth/authorization.ts";
import { signJwt, verifyJwt } from "../../../src/http/auth/jwt.ts";
import { LoginLimiter, networkOf } from "../../../src/http/auth/login-limiter.ts";

/** One user, `ann`, whose password may change; counts how often it was checked. */
class FakeAccounts implements Accounts {
  isOpen = false;
  password = "right";
  checks = 0;
  problem: Error | undefined;
  gate: Promise<void> | undefined;

  refresh(): undefined {
    return undefined;
  }
  isCurrent({ stamp }: Account): boolean {
    return stamp === this.password;
  }
  async checkPassword(user: string, password: string): Promise<Account | undefined> {
    this.checks += 1;
    if (this.problem !== undefined) throw this.problem;
    const account = this.accountOf(user);
    const isRight = password === this.password;
    await this.gate;
    return isRight ? account : undefined;
  }
  checkToken(): undefined {
    return undefined;
  }
  signingKeyOf(user: string): string | undefined {
    return user === "ann" ? this.password : undefined;
  }
  accountOf(user: string): Account | undefined {
    return user === "ann" ? { user, scopes: ["admin"], stamp: this.password } : undefined;
  }
  issueToken(): Promise<never> {
    return Promise.reject(new Error("not here"));
  }
}

function openGate(logger: Logger = silentLogger) {
  const clock = new ManualClock();
  const accounts = new FakeAccounts();
  const gate = createGate(
    { accounts, clock, logger },
    {
      describe: (code, message) => ({ code, message }),
      headers: {},
      limits: { failuresMax: 3, forgiveMs: 1000, addressesMax: 10 },
    },
  );
  const ask = async (authorization: string): Promise<string> => {
    let answer = "200";
    const exchange = requestOf(authorization, (status, retry) => {
      answer = `${status}${retry === undefined ? "" : ` after ${retry}`}`;
    });
    await gate.admit(exchange);
    return answer;
  };
  return { clock, accounts, ask };
}

function requestOf(
  authorization: string,
  onAnswer: (status: number, retryAfter: string | undefined) => void,
): Exchange {
  return {
    method: "GET",
    rawPath: "/id",
    rawQuery: "",
    query: new URLSearchParams(),
    headers: { authorization },
    // over a stream: another peer id each time
    remoteAddress: crypto.randomUUID(),
    clientAddress: "10.0.0.1",
    body: (async function* () {})(),
    signal: new AbortController().signal,
    responseHeaders: {},
    hasBegun: false,
    send: async (status, headers) => {
      const retryAfter: unknown = Reflect.get(headers, "Retry-After");
      onAnswer(status, typeof retryAfter === "string" ? retryAfter : undefined);
    },
    begin: () => {
      throw new Error("a refusal is no stream");
    },
  };
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("a gate", () => {
  test("lets everybody in while there are no accounts", async () => {
    const { accounts, ask } = openGate();
    accounts.isOpen = true;
    expect(await ask("")).toBe("200");
  });

  test("checks a password once, and again when it has changed", async () => {
    const { accounts, ask } = openGate();
    expect(await ask(basic("ann:right"))).toBe("200");
    expect(await ask(basic("ann:right"))).toBe("200");
    expect(accounts.checks).toBe(1);
    accounts.password = "other";
    expect(await ask(basic("ann:right"))).toBe("401");
    expect(await ask(basic("ann:other"))).toBe("200");
    expect(accounts.checks).toBe(3);
  });

  test("does not remember a login whose password changed while it was checked", async () => {
    const { accounts, ask } = openGate();
    const held = Promise.withResolvers<void>();
    accounts.gate = held.promise;
    const first = ask(basic("ann:right"));
    await until(() => accounts.checks === 1);
    accounts.password = "other";
    held.resolve();
    await first;
    expect(await ask(basic("ann:right"))).toBe("401");
  });

  test("checks many equal logins at once as one", async () => {
    const { accounts, ask } = openGate();
    const held = Promise.withResolvers<void>();
    accounts.gate = held.promise;
    const answers = Array.from({ length: 8 }, () => ask(basic("ann:right")));
    await until(() => accounts.checks > 0);
    held.resolve();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["200"]));
    expect(accounts.checks).toBe(1);
  });

  test("refuses an address after too many failures, and forgives with time", async () => {
    const { clock, accounts, ask } = openGate();
    for (const guess of ["a", "b", "c"]) expect(await ask(basic(`ann:${guess}`))).toBe("401");
    expect(await ask(basic("ann:d"))).toBe("429 after 1");
    expect(await ask(basic("ann:right"))).toBe("429 after 1");
    expect(await ask(`Bearer ${signJwt("ann", "guess")}`)).toBe("429 after 1");
    expect(accounts.checks).toBe(3);
    clock.advance(1000);
    expect(await ask(basic("ann:right"))).toBe("200");
  });

  test("lets in who is known to be right, whatever else comes from that address", async () => {
    const { ask } = openGate();
    const token = `Bearer ${signJwt("ann", "right")}`;
    expect(await ask(basic("ann:right"))).toBe("200");
    expect(await ask(token)).toBe("200");
    for (const guess of ["a", "b", "c", "d"]) await ask(basic(`ann:${guess}`));
    expect(await ask(basic("ann:right"))).toBe("200");
    expect(await ask(token)).toBe("200");
  });

  test("counts attempts that are under way", async () => {
    const { accounts, ask } = openGate();
    const held = Promise.withResolvers<void>();
    accounts.gate = held.promise;
    const guesses = Array.from({ length: 20 }, (_, index) => ask(basic(`ann:${index}`)));
    await until(() => accounts.checks === 3);
    held.resolve();
    const answers = await Promise.all(guesses);
    expect(answers.filter((answer) => answer === "401").length).toBe(3);
    expect(accounts.checks).toBe(3);
  });

  test("says 503 when too many passwords wait, which is no failure", async () => {
    const { accounts, ask } = openGate();
    accounts.problem = new (class extends CodedError {
      override readonly code = "BUSY";
      override readonly kind = "environment";
      override readonly isRetryable = true;
    })();
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await ask(basic("ann:right"))).toBe("503 after 1");
    }
    accounts.problem = undefined;
    expect(await ask(basic("ann:right"))).toBe("200");
  });

  test("ends a JWT when its time is over, though it was remembered", async () => {
    const { clock, ask } = openGate();
    const token = `Bearer ${signJwt("ann", "right", clock.now() + 1000)}`;
    expect(await ask(token)).toBe("200");
    clock.advance(999);
    expect(await ask(token)).toBe("200");
    clock.advance(1);
    expect(await ask(token)).toBe("401");
  });

  test("writes no secret into the log", async () => {
    const lines: string[] = [];
    const write = (sentence: string, fields: unknown = {}): void => {
      lines.push(`${sentence} ${JSON.stringify(fields)}`);
    };
    const { ask } = openGate({ error: write, warn: write, info: write, debug: write });
    for (const guess of ["sesame1", "sesame2", "sesame3", "sesame4"]) {
      await ask(basic(`ann:${guess}`));
    }
    await ask("Bearer sesame5");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join("\n")).not.toMatch(/sesame|ann|Basic/);
  });
});

describe("a limiter", () => {
  test("counts each network by itself, and forgets the quietest of too many", () => {
    const limiter = new LoginLimiter({ failuresMax: 1, forgiveMs: 1000, addressesMax: 2 });
    expect(limiter.take("1.1.1.1", 0)).toBe(0);
    expect(limiter.take("1.1.1.1", 0)).toBe(1000);
    expect(limiter.take("2.2.2.2", 0)).toBe(0);
    expect(limiter.take("3.3.3.3", 0)).toBe(0);
    expect(limiter.take("1.1.1.1", 0)).toBe(0);
  });

  test("gives places back, and a clock that goes back changes nothing", () => {
    const limiter = new LoginLimiter({ failuresMax: 2, forgiveMs: 1000, addressesMax: 2 });
    expect(limiter.take("a", 5000)).toBe(0);
    limiter.giveBack("a");
    expect(limiter.take("a", 5000)).toBe(0);
    expect(limiter.take("a", 5000)).toBe(0);
    expect(limiter.take("a", 0)).toBe(1000);
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::1", "0:0:0:0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::5", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["", ""],
  ])("takes %p for the network %p", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("a JWT", () => {
  test("of any user and key verifies, and with any other key does not", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (user, key, other) => {
        const token = signJwt(user, key);
        expect(verifyJwt(token, () => key, 0)).toEqual({ issuer: user, expiresAt: undefined });
        if (other !== key) expect(verifyJwt(token, () => other, 0)).toBeUndefined();
      }),
    );
  });

  test("is refused, never an error, whatever the text is", () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString("base64url")),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        expect(verifyJwt(parts.join("."), () => "key", 0)).toBeUndefined();
      }),
    );
  });

  test("with a name from Object's prototype as algorithm is refused", () => {
    const head = Buffer.from('{"alg":"constructor"}').toString("base64url");
    const [, claims, signature] = signJwt("ann", "key").split(".");
    expect(verifyJwt([head, claims, signature].join("."), () => "key", 0)).toBeUndefined();
  });
});

test("an Authorization header that is neither Basic nor Bearer is none", () => {
  for (const header of [undefined, "", "Basic", "Bearer", "Basic ü", "Digest x", " Basic YTpi"]) {
    expect(parseAuthorization(header)).toBeUndefined();
  }
  expect(parseAuthorization("BASIC YTpiOmM=")).toEqual({
    type: "basic",
    user: "a",
    password: "b:c",
  });
});
