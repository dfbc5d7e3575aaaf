// Goal: users and tokens from the command line, with and without a running peer, and what others then get.
// Method: the executable in an empty folder; passwords on stdin.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type BlackBox, openBlackBox } from "#test/black-box";

let box: BlackBox;
/** A folder in which no peer runs. */
const offline = ["--data", "offline"];

beforeAll(async () => {
  box = openBlackBox();
  await box.run(["init", "--profile", "test"]);
  await box.run(["init", "--profile", "test", ...offline]);
});

afterAll(() => box[Symbol.asyncDispose]());

/**
 * Until the running peer has seen a change: at most half a second later, and then with the next request. Asks seldom: after
 * ten wrong passwords nobody is listened to for a while.
 */
async function eventually(ask: () => Promise<number>, expected: number): Promise<void> {
  const end = Date.now() + 10_000;
  while ((await ask()) !== expected && Date.now() < end) await Bun.sleep(300);
  expect(await ask()).toBe(expected);
}

test("users and tokens close the API of a running peer, open it to themselves, and end", async () => {
  const daemon = await box.start(["--offline"]);
  const status = async (authorization?: string): Promise<number> => {
    const headers = new Headers(
      authorization === undefined ? [] : [["Authorization", authorization]],
    );
    return (await fetch(`${daemon.addresses.rest}/version`, { headers })).status;
  };
  expect(await status()).toBe(200);

  const added = await box.run(["user", "add", "ann"], { stdin: "correct horse\n" });
  expect(added).toMatchObject({ code: 0, stdout: "added ann\n" });
  expect(added.stderr).toContain("from now on");
  await eventually(() => status(), 401);
  const refused = await box.run(["id"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("Code: 401\n  Message: unauthorized: no auth provided");
  const login = ["--basic-auth", "ann:correct horse"];
  expect((await box.run([...login, "version", "--enc", "json"])).code).toBe(0);
  expect((await box.run([...login, "id"])).code).toBe(0);

  const words = ["token", "create", "--scope", "read", "--expires", "1h", "--name", "ci"];
  const made = await box.run(words);
  const token = made.stdout.trim();
  const id = token.split("_")[1] ?? "";
  expect(made.stderr).toContain(`token ${id}, expires `);
  await eventually(() => status(`Bearer ${token}`), 200);
  const env = { PINFOLD_TOKEN: token };
  expect((await box.run(["peers", "ls"], { env })).code).toBe(0);
  const pin = await box.run(["pin", "add", "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"], {
    env,
  });
  expect(pin.code).toBe(1);
  expect(pin.stderr).toContain("this needs the scope pin, and the scopes given are: read");
  expect((await box.run(["token", "ls"])).stdout).toMatch(
    new RegExp(`^${id}\t-\tread\texpires .*\tci\n$`),
  );

  const elsewhere = ["token", "create", "--scope", "pin", "--host", daemon.addresses.rest];
  const other = await box.run([...login, ...elsewhere]);
  expect(other).toMatchObject({ code: 0 });
  await box.run(["token", "revoke", id]);
  await eventually(() => status(`Bearer ${token}`), 401);

  const changed = await box.run(["user", "passwd", "ann"], { stdin: "another horse" });
  expect(changed.stdout).toBe("changed the password of ann, and revoked 1 token\n");
  await eventually(() => status(`Basic ${btoa("ann:another horse")}`), 200);
  expect(await status(`Basic ${btoa("ann:correct horse")}`)).toBe(401);
  expect(await status(`Bearer ${other.stdout.trim()}`)).toBe(401);

  const { stderr } = await daemon.stop();
  const kept = readFileSync(join(box.data, "users.json"), "utf8");
  expect(`${stderr}${kept}`).not.toMatch(/horse|_[\w-]{43}/);
}, 60_000);

test("a folder without a running peer has its users all the same", async () => {
  await box.run([...offline, "user", "add", "bob", "--scope", "read,pin"], {
    stdin: "long enough\r\n",
  });
  const listed = await box.run([...offline, "user", "ls", "--enc", "json"]);
  expect(JSON.parse(listed.stdout)).toContainEqual(
    expect.objectContaining({ name: "bob", scopes: ["read", "pin"] }),
  );
  const removed = await box.run([...offline, "user", "rm", "bob"]);
  expect(removed).toMatchObject({ code: 0, stdout: "removed bob\n" });
}, 30_000);

test.each([
  [
    ["user", "add", "eve"],
    { stdin: "short", code: 1, problem: "bad password: it needs at least 8 characters" },
  ],
  [["user", "rm", "nobody"], { stdin: "", code: 1, problem: 'there is no user "nobody"' }],
  [
    ["user", "add", "eve", "--scope", "write"],
    { stdin: "long enough", code: 1, problem: 'got "write"' },
  ],
  [["token", "create"], { stdin: "", code: 2, problem: "flag --scope is missing" }],
  [
    ["token", "create", "--scope", "read", "--expires", "soon"],
    { stdin: "", code: 2, problem: "flag --expires invalid" },
  ],
  [["token", "revoke", "x"], { stdin: "", code: 1, problem: "there is no token x" }],
])("%j is refused", async (words, { stdin, code, problem }) => {
  const result = await box.run([...offline, ...words], { stdin });
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  expect(result.stderr).toContain(problem);
});
