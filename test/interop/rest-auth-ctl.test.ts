// Goal: the real ipfs-cluster-ctl logs in to our REST API, over HTTP, HTTPS and a socket file, and is refused as its own
// peer refuses it. Method: surfaces in this process; skipped where ipfs-cluster-ctl is not on PATH.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { silentLogger, systemClock } from "#lib";
import { projectFolder } from "#test/source-files";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { apiSurface } from "../../src/peer/api-surface.ts";
import { parseSettings } from "../../src/peer/config/check.ts";
import { openSurface } from "../../src/peer/listeners.ts";
import { openApiGates } from "../../src/peer/users/api-gates.ts";

const ctl = Bun.which("ipfs-cluster-ctl");
const seams = { clock: systemClock, logger: silentLogger };

let folder: TempFolder;
let stack: AsyncDisposableStack;
let plain: string;
let secure: string;

beforeAll(async () => {
  folder = makeTempFolder();
  stack = new AsyncDisposableStack();
  const tls = join(projectFolder, "test/fixtures/tls");
  for (const name of ["cert", "key"]) {
    copyFileSync(join(tls, `localhost.${name}.pem`), join(folder.path, `${name}.pem`));
  }
  plain = await openRest({});
  secure = await openRest({ ssl_cert_file: "cert.pem", ssl_key_file: "key.pem" });
});

afterAll(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

/** A surface that knows its version, behind a gate; answers its first address as a multiaddr. */
async function openRest(more: object): Promise<string> {
  const restapi = {
    http_listen_multiaddress: [
      "/ip4/127.0.0.1/tcp/0",
      ...("ssl_cert_file" in more ? [] : [socket()]),
    ],
    basic_auth_credentials: { user: "secret" },
    ...more,
  };
  const { settings } = parseSettings({ api: { restapi } }, (path) => path.join("."));
  if (settings.api.restapi === undefined) throw new Error("the section is there");
  const about = { name: "rest", title: "REST API", section: "api.restapi" } as const;
  const surface = apiSurface(about, settings.api.restapi, folder.path);
  const { late, listeners } = await openSurface(surface, seams, stack);
  const gates = await openApiGates(join(folder.path, "users.json"), seams);
  const gate = gates.rest(settings.api.restapi);
  late.arrive(async (exchange) => {
    if ((await gate.admit(exchange)) === undefined) return;
    await exchange.send(200, { "Content-Type": "application/json" }, '{"version":"1.1.6"}\n');
  });
  return `/ip4/127.0.0.1/tcp/${listeners[0]?.port}`;
}

function socket(): string {
  return `/unix${folder.path}/api.sock`;
}

async function run(...words: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const child = Bun.spawn([ctl ?? "", ...words, "version"], { stdout: "pipe", stderr: "ignore" });
  const out = await new Response(child.stdout).text();
  return { code: await child.exited, out: out.trim() };
}

/** As ctl tells an error document; it exits with 2 then. */
function told(message: string) {
  const lines = ["An error occurred:", "  Code: 401", `  Message: unauthorized: ${message}`];
  return { code: 2, out: lines.join("\n") };
}

const login = ["--basic-auth", "user:secret"];

describe.skipIf(ctl === null)("ipfs-cluster-ctl", () => {
  test("logs in over HTTP, when it is forced to, and by a socket file", async () => {
    expect(await run("--host", plain, ...login, "--force-http")).toEqual({ code: 0, out: "1.1.6" });
    const bySocket = await run("--host", socket(), ...login, "--force-http");
    expect(bySocket).toEqual({ code: 0, out: "1.1.6" });
  });

  test("logs in over HTTPS, when it takes the certificate", async () => {
    const answer = await run("--host", secure, ...login, "--no-check-certificate");
    expect(answer).toEqual({ code: 0, out: "1.1.6" });
    const refusal = await run("--host", secure, ...login);
    expect(refusal.code).toBe(1);
    expect(refusal.out).toContain("failed to verify certificate");
  });

  test("says what it is told without, or with wrong, credentials", async () => {
    expect(await run("--host", plain)).toEqual(told("no auth provided"));
    const wrong = await run("--host", plain, "--basic-auth", "user:x", "--force-http");
    expect(wrong).toEqual(told("access denied"));
  });
});
