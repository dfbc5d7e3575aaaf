// Goal: what the sections of `api` say about listeners happens, and what cannot be is refused with its place.
// Method: settings read from documents; surfaces opened on free ports, with certificates and logs in a temp folder.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createRestClient } from "#api";
import { createLogger, type Logger, messageOf, silentLogger, systemClock } from "#lib";
import { projectFolder } from "#test/source-files";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { apiSurface } from "../../../src/peer/api-surface.ts";
import { parseSettings } from "../../../src/peer/config/check.ts";
import type { Settings } from "../../../src/peer/config/settings.ts";
import { type OpenSurface, openSurface } from "../../../src/peer/listeners.ts";

let folder: TempFolder;
let stack: AsyncDisposableStack;

beforeEach(() => {
  folder = makeTempFolder();
  stack = new AsyncDisposableStack();
});

afterEach(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

function settingsOf(restapi: object): NonNullable<Settings["api"]["restapi"]> {
  const { settings } = parseSettings({ api: { restapi } }, (path) => path.join("."));
  if (settings.api.restapi === undefined) throw new Error("the section is there");
  return settings.api.restapi;
}

async function open(restapi: object, logger: Logger = silentLogger): Promise<OpenSurface> {
  const about = { name: "rest", title: "REST API", section: "api.restapi" } as const;
  const addresses = { http_listen_multiaddress: "/ip4/127.0.0.1/tcp/0", ...restapi };
  const surface = apiSurface(about, settingsOf(addresses), folder.path);
  const opened = await openSurface(surface, { clock: systemClock, logger }, stack);
  opened.late.arrive((exchange) => exchange.send(200, {}, '{"version":"x"}'));
  return opened;
}

function addCertificate(): object {
  const tls = join(projectFolder, "test/fixtures/tls");
  mkdirSync(join(folder.path, "tls"));
  copyFileSync(join(tls, "localhost.cert.pem"), join(folder.path, "tls/cert.pem"));
  copyFileSync(join(tls, "localhost.key.pem"), join(folder.path, "tls/key.pem"));
  return { ssl_cert_file: "tls/cert.pem", ssl_key_file: join(folder.path, "tls/key.pem") };
}

function limitsOf(restapi: object) {
  const about = { name: "rest", title: "", section: "" } as const;
  return apiSurface(about, settingsOf(restapi), "/").limits;
}

describe("a surface", () => {
  test("answers at all of its addresses, over HTTPS and plainly at a socket file", async () => {
    const path = join(folder.path, "api.sock");
    const { listeners } = await open({
      ...addCertificate(),
      http_listen_multiaddress: ["/ip4/127.0.0.1/tcp/0", `/unix${path}`, "/ip4/127.0.0.1/tcp/0"],
    });
    expect(listeners.map(({ url }) => url.replace(/\d+$/, "N"))).toEqual([
      "https://127.0.0.1:N",
      `unix:${path}`,
      "https://127.0.0.1:N",
    ]);
    for (const { url } of listeners) {
      const client = createRestClient({ url, isUnchecked: true });
      expect(await client.version()).toEqual({ version: "x" });
    }
    const checked = createRestClient({ url: listeners[0]?.url ?? "" });
    await expect(checked.version()).rejects.toMatchObject({ status: 0 });
  });

  test("writes its access log into a file of the folder, to the last request", async () => {
    const { listeners } = await open({ http_log_file: "http.log" });
    await createRestClient({ url: listeners[0]?.url ?? "" }).version();
    await stack.disposeAsync();
    expect(readFileSync(join(folder.path, "http.log"), "utf8")).toMatch(
      /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/version HTTP\/1\.1" 200 15\n$/,
    );
  });

  test("without a file tells requests to the log, at debug, without their headers", async () => {
    const lines: string[] = [];
    const write = (line: string): void => {
      if (line.includes(": request ")) lines.push(line);
    };
    const logger = createLogger({ level: "debug", write, now: () => 0 });
    const { listeners } = await open({}, logger);
    const credentials = { username: "ann", password: "sesame" };
    await createRestClient({ url: listeners[0]?.url ?? "", credentials }).version();
    await stack.disposeAsync();
    expect(lines.length).toBe(1);
    expect(lines[0]).toContain("GET /version HTTP/1.1");
    expect(lines[0]).not.toMatch(/sesame|Basic|YW5u/);
    expect(existsSync(join(folder.path, "http.log"))).toBe(false);
  });

  test("takes limits as Go's net/http does", () => {
    expect(limitsOf({})).toEqual({
      headerBytesMax: 8192,
      headersTimeoutMs: 5000,
      requestTimeoutMs: 0,
      answerTimeoutMs: 0,
      idleTimeoutMs: 120_000,
    });
    const read = { read_timeout: "7s", read_header_timeout: "0s", idle_timeout: "0s" };
    expect(limitsOf({ ...read, write_timeout: "1m", max_header_bytes: 10_000 })).toEqual({
      headerBytesMax: 14_096,
      headersTimeoutMs: 7000,
      requestTimeoutMs: 7000,
      answerTimeoutMs: 60_000,
      idleTimeoutMs: 7000,
    });
  });
});

describe("what cannot be is refused", () => {
  test("a certificate that is not there, is none, or whose key is another's", async () => {
    const files = addCertificate();
    await expect(open({ ...files, ssl_cert_file: "nowhere.pem" })).rejects.toThrow(
      `api.restapi.ssl_cert_file: cannot use ${join(folder.path, "nowhere.pem")}: ENOENT`,
    );
    await expect(open({ ...files, ssl_key_file: "tls/cert.pem" })).rejects.toThrow(
      "api.restapi.ssl_key_file: cannot use",
    );
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(folder.path, "other.pem"), pem);
    await expect(open({ ...files, ssl_key_file: "other.pem" })).rejects.toThrow(
      "the key is not the certificate's",
    );
  });

  test("an access log in a folder that is not there", async () => {
    await expect(open({ http_log_file: "nowhere/http.log" })).rejects.toThrow(
      "cannot write the access log",
    );
  });

  test.each([
    [
      { max_header_bytes: 4095 },
      "max_header_bytes: restapi.max_header_bytes must be not less then 4096",
    ],
    [
      { basic_auth_credentials: {} },
      "restapi.basic_auth_creds should be null or have at least one entry",
    ],
    [
      { ssl_cert_file: "x" },
      "api.restapi.ssl_key_file: ssl_cert_file and ssl_key_file must be set",
    ],
    [{ http_listen_multiaddress: "/unix/" }, "no multiaddr"],
    [{ idle_timeout: "-1s" }, "no duration"],
  ])("%j", (restapi, problem) => {
    expect(() => settingsOf(restapi)).toThrow(problem);
  });

  test("a secret of the wrong kind, without telling it", () => {
    const credentials = { api: { restapi: { basic_auth_credentials: { ann: 12_345_678 } } } };
    expect(problemOf(credentials)).toContain("basic_auth_credentials.ann");
    expect(problemOf(credentials)).not.toContain("12345678");
    const secret = { cluster: { secret: "sesame" } };
    expect(problemOf(secret)).toContain("cluster.secret");
    expect(problemOf(secret)).not.toContain("sesame");
  });
});

function problemOf(document: Readonly<Record<string, unknown>>): string {
  try {
    parseSettings(document, (path) => path.join("."));
    return "";
  } catch (cause) {
    return messageOf(cause);
  }
}
