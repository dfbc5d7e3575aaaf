// Goal: users and tokens: what is stored tells nothing, changes are whole and seen by a running peer, whoever is gone is out,
// and a file that cannot be read opens no door.
// Method: the store in a temp folder and a clock that the test owns; cheap hashes but for one real one; other processes as
// second stores on the same file.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { scopeNames } from "#api";
import type { Account, Accounts } from "#http";
import { type Logger, silentLogger, systemClock } from "#lib";
import { ManualClock } from "#test/manual-clock";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { dataFolderAt } from "../../../src/peer/folder.ts";
import { createAccounts, type PlainCredentials } from "../../../src/peer/users/accounts.ts";
import { addToken, addUser, revokeToken } from "../../../src/peer/users/edit-users.ts";
import { withFileLock } from "../../../src/peer/users/file-lock.ts";
import { PasswordHasher } from "../../../src/peer/users/password.ts";
import { makeToken } from "../../../src/peer/users/tokens.ts";
import { openUserAdmin, type UserAdmin } from "../../../src/peer/users/user-admin.ts";
import { openUserStore, type UserStore } from "../../../src/peer/users/user-store.ts";
import { noUsers, type UsersFile } from "../../../src/peer/users/users-file.ts";

const cheap = new PasswordHasher({ logN: 2, rounds: 1 });

let folder: TempFolder;
let path: string;
let clock: ManualClock;

beforeEach(() => {
  folder = makeTempFolder();
  path = join(folder.path, "users.json");
  clock = new ManualClock();
  writeFileSync(join(folder.path, "service.json"), "{}");
});

afterEach(() => folder[Symbol.dispose]());

async function openAccounts(
  credentials: PlainCredentials = null,
  logger: Logger = silentLogger,
): Promise<{ readonly accounts: Accounts; readonly store: UserStore }> {
  const store = await openUserStore(path, { clock, logger });
  const accounts = createAccounts({ store, hasher: cheap, clock, logger }, credentials);
  return { accounts, store };
}

async function addTestUser(name: string, password: string, scopes = scopeNames): Promise<void> {
  const store = await openUserStore(path, { clock: systemClock, logger: silentLogger });
  const hash = await cheap.hash(password, randomBytes(16));
  await store.change((content) =>
    addUser(content, { name, password: hash, scopes, now: clock.now() }),
  );
}

/** Looks at the file as a request would, after the time in which it is not looked at. */
async function refresh(accounts: Accounts): Promise<void> {
  clock.advance(1000);
  await accounts.refresh();
}

function admin(): Promise<UserAdmin> {
  return openUserAdmin(dataFolderAt(folder.path), systemClock);
}

describe("a password", () => {
  test("is stored as a slow hash with a salt of its own, and never as itself", async () => {
    const users = await admin();
    await users.addUser("ann", "correct horse", ["read"]);
    await users.addUser("bob", "correct horse", ["admin"]);
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain("correct");
    const hashes = text.match(/\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}/g) ?? [];
    expect(new Set(hashes).size).toBe(2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [first = ""] = hashes;
    expect(await new PasswordHasher().verify("correct horse", first)).toBe(true);
    expect(await new PasswordHasher().verify("correct horsf", first)).toBe(false);
  });

  test("that is short, or a name with a colon, is refused and changes nothing", async () => {
    const users = await admin();
    await expect(users.addUser("ann", "1234567", ["read"])).rejects.toThrow("at least 8");
    await expect(users.addUser("a:b", "12345678", ["read"])).rejects.toThrow("bad user name");
    await expect(users.addUser("", "12345678", ["read"])).rejects.toThrow("bad user name");
    expect(existsSync(path)).toBe(false);
  });

  test("with a hash that is broken, or asks for too much, is wrong", async () => {
    const good = await cheap.hash("p", new Uint8Array(16));
    expect(await cheap.verify("p", good)).toBe(true);
    for (const hash of ["", "p", good.replace("ln=2", "ln=30"), good.replace("p=1", "p=99")]) {
      expect(await cheap.verify("p", hash)).toBe(false);
    }
  });

  test("waits for others, and is refused when too many wait", async () => {
    const checks = Array.from({ length: 40 }, () => cheap.waste("p"));
    const results = await Promise.allSettled(checks);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused.length).toBe(6);
    await cheap.waste("p");
  });
});

describe("accounts", () => {
  test("are open without a file and without credentials, and never again afterwards", async () => {
    const { accounts } = await openAccounts();
    expect(accounts.isOpen).toBe(true);
    await addTestUser("ann", "secret");
    expect(accounts.isOpen).toBe(true);
    await refresh(accounts);
    expect(accounts.isOpen).toBe(false);
    rmSync(path);
    await refresh(accounts);
    expect(accounts.isOpen).toBe(false);
    expect(await accounts.checkPassword("ann", "secret")).toMatchObject({ user: "ann" });
  });

  test("stay as they were when the file becomes unreadable, and say so once", async () => {
    const problems: string[] = [];
    await addTestUser("ann", "secret");
    const { accounts } = await openAccounts(null, {
      ...silentLogger,
      error: (sentence) => problems.push(sentence),
    });
    writeFileSync(path, "{");
    await refresh(accounts);
    await refresh(accounts);
    expect(await accounts.checkPassword("ann", "secret")).toMatchObject({ user: "ann" });
    expect(problems).toEqual(["users.json cannot be read: what it said before counts"]);
  });

  test("are asked for at most twice a second", async () => {
    const { accounts } = await openAccounts();
    expect(accounts.refresh()).toBeUndefined();
    clock.advance(499);
    expect(accounts.refresh()).toBeUndefined();
    clock.advance(1);
    expect(accounts.refresh()).toBeInstanceOf(Promise);
  });

  test("come from the configuration and from the file, which goes first", async () => {
    await addTestUser("ann", "in the file", ["read"]);
    const warnings: string[] = [];
    const { accounts } = await openAccounts(
      { ann: "plain", bob: "plain", eve: "" },
      { ...silentLogger, warn: (sentence) => warnings.push(sentence) },
    );
    expect(await accounts.checkPassword("ann", "plain")).toBeUndefined();
    expect(await accounts.checkPassword("ann", "in the file")).toMatchObject({ scopes: ["read"] });
    expect(await accounts.checkPassword("bob", "plain")).toMatchObject({ scopes: scopeNames });
    expect(await accounts.checkPassword("bob", "")).toBeUndefined();
    expect(await accounts.checkPassword("eve", "")).toBeUndefined();
    expect(await accounts.checkPassword("constructor", "x")).toBeUndefined();
    expect(accounts.signingKeyOf("ann")).toBeUndefined();
    expect(accounts.signingKeyOf("bob")).toBe("plain");
    expect(warnings.length).toBe(1);
  });

  test("know when what they said is no longer so", async () => {
    await addTestUser("ann", "secret");
    const { accounts } = await openAccounts({ bob: "plain" });
    const ann = await accounts.checkPassword("ann", "secret");
    const bob = await accounts.checkPassword("bob", "plain");
    await addTestUser("other", "secret");
    await refresh(accounts);
    expect([ann, bob].map((one) => one !== undefined && accounts.isCurrent(one))).toEqual([
      true,
      true,
    ]);
    await (await admin()).setPassword("ann", "another password");
    await refresh(accounts);
    expect([ann, bob].map((one) => one !== undefined && accounts.isCurrent(one))).toEqual([
      false,
      true,
    ]);
  });
});

async function issue(accounts: Accounts, wish: Partial<Account> = {}): Promise<string> {
  const { user, tokenId, scopes = ["read"], expiresAt } = wish;
  const account = { user, tokenId, scopes };
  return (await accounts.issueToken({ account, scopes, expiresAt })).token;
}

describe("a token", () => {
  test("is stored as a digest alone, and counts at once and after a restart", async () => {
    const { accounts } = await openAccounts({ ann: "plain" });
    const token = await issue(accounts, { user: "ann" });
    expect(token).toMatch(/^pft_[0-9a-f]{16}_[\w-]{43}$/);
    expect(readFileSync(path, "utf8")).not.toContain(token.slice(-43));
    const again = await openAccounts({ ann: "plain" });
    for (const each of [accounts, again.accounts]) {
      expect(each.checkToken(token)).toMatchObject({ user: "ann", scopes: ["read"] });
      expect(
        each.checkToken(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`),
      ).toBeUndefined();
    }
  });

  test("ends with its time, its user, and its user's password, in either place", async () => {
    await addTestUser("bob", "secret");
    const { accounts } = await openAccounts({ ann: "plain" });
    const [timed, anns, bobs] = [
      await issue(accounts, { expiresAt: clock.now() + 5000 }),
      await issue(accounts, { user: "ann" }),
      await issue(accounts, { user: "bob" }),
    ];
    const now = async (credentials: PlainCredentials): Promise<boolean[]> => {
      const { accounts: fresh } = await openAccounts(credentials);
      return [timed, anns, bobs].map((token) => fresh.checkToken(token) !== undefined);
    };
    expect(await now({ ann: "plain" })).toEqual([true, true, true]);
    expect(await now({ ann: "changed" })).toEqual([true, false, true]);
    expect(await now(null)).toEqual([true, false, true]);
    clock.advance(5000);
    await (await admin()).setPassword("bob", "another password");
    expect(await now({ ann: "plain" })).toEqual([false, true, false]);
  });

  test("that is revoked takes along what was made with it", async () => {
    const { accounts, store } = await openAccounts({ ann: "plain" });
    const first = accounts.checkToken(await issue(accounts, { user: "ann", scopes: ["admin"] }));
    const second = accounts.checkToken(await issue(accounts, { ...first }));
    const third = await issue(accounts, { ...second });
    const other = await issue(accounts, { user: "ann" });
    await store.change((content) => revokeToken(content, first?.tokenId ?? ""));
    expect(accounts.checkToken(third)).toBeUndefined();
    expect(accounts.checkToken(other)).toBeDefined();
    await expect(issue(accounts, { ...first })).rejects.toThrow("there is no token");
  });

  test("does no more than its user may", async () => {
    await addTestUser("bob", "secret", ["read", "pin"]);
    const users = await admin();
    const wish = { name: "", user: "bob", expiresAt: undefined } as const;
    const all = await users.createToken({ ...wish, scopes: ["admin"] });
    const some = await users.createToken({ ...wish, scopes: ["pin", "add"] });
    const { accounts } = await openAccounts();
    expect(accounts.checkToken(all.token)?.scopes).toEqual(["read", "pin"]);
    expect(accounts.checkToken(some.token)?.scopes).toEqual(["pin"]);
  });

  test("that has expired makes room, and too many are refused", () => {
    const now = clock.now();
    const records = Array.from({ length: 10_000 }, (_, index) => {
      const expiresAt = index === 0 ? now : undefined;
      const plan = { name: "", user: undefined, ownerCredential: "", scopes: [], expiresAt };
      return makeToken(plan, { randomBytes, now }).record;
    });
    const [first, ...others] = records;
    const content: UsersFile = { ...noUsers, tokens: records };
    if (first === undefined) throw new Error("there are records");
    const added = addToken(content, { ...first, id: "new" }, now).content.tokens;
    expect(added.length).toBe(10_000);
    const full = { ...noUsers, tokens: [...others, ...others.slice(0, 1)] };
    expect(() => addToken(full, first, now)).toThrow("10000 tokens already");
  });
});

describe("changes", () => {
  test("of many processes at once are all there", async () => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, () =>
        openUserStore(path, { clock: systemClock, logger: silentLogger }),
      ),
    );
    const hash = await cheap.hash("p", new Uint8Array(16));
    const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
    await Promise.all(
      names.map((name, index) =>
        stores[index % 4]?.change((content) =>
          addUser(content, { name, password: hash, scopes: ["read"], now: 0 }),
        ),
      ),
    );
    const { users } = JSON.parse(readFileSync(path, "utf8"));
    expect(users.map(({ name }: { name: string }) => name).toSorted()).toEqual(names.toSorted());
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test("that fail leave the file and no lock", async () => {
    await addTestUser("ann", "secret");
    const before = readFileSync(path, "utf8");
    await expect(addTestUser("ann", "other")).rejects.toThrow("exists already");
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test("wait for a lock, but not for one that a dead process left", async () => {
    const lock = join(folder.path, "lock");
    writeFileSync(lock, "");
    let isDone = false;
    const work = withFileLock(lock, systemClock, async () => {
      isDone = true;
    });
    await systemClock.sleep(60);
    expect(isDone).toBe(false);
    const past = systemClock.now() / 1000 - 60;
    utimesSync(lock, past, past);
    await work;
    expect(isDone).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });
});

test("a file with another shape is refused with its place, and shows no secret", async () => {
  const broken = {
    version: 1,
    users: [{ name: "ann", password: "sesame", scopes: [], created: "x" }],
    tokens: [],
  };
  writeFileSync(path, JSON.stringify(broken));
  const opening = openUserStore(path, { clock, logger: silentLogger });
  await expect(opening).rejects.toThrow("users.0.password: no hashed password");
  await expect(opening).rejects.not.toThrow("sesame");
});

test("a folder that was never initialised gets no users", async () => {
  rmSync(join(folder.path, "service.json"));
  await expect(admin()).rejects.toThrow("pinfold init");
});
