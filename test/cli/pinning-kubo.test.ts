// Goal: `ipfs pin remote` of a real Kubo works against our pinning service, content comes from the origins that a pin names,
// and the specification's own checks find nothing. Method: the executable with authentication on, a Kubo (seen with 0.44-dev)
// that shares no network with it but what pins tell; the checks (@ipfs-shipyard/pinning-service-compliance 1.8.1, installed
// with npm, or found in PSC_WORK) against the specification in PSA_SRC, a clone of ipfs/pinning-services-api-spec.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { type BlackBox, openBlackBox } from "#test/black-box";
import { eventually } from "#test/eventually";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";

setDefaultTimeout(60_000); // other programs, on a machine that may be busy

const specSource = process.env["PSA_SRC"] ?? "";
const withoutSpec = specSource === "" ? " (skipped: PSA_SRC is not set)" : "";

let box: BlackBox;
let service: string;
let token: string;

beforeAll(async () => {
  if (!hasKubo && specSource === "") return;
  box = openBlackBox();
  await box.run(["init", "--profile", "test"]);
  await askForPasswords(join(box.data, "service.json"));
  await box.start();
  const running = await readFile(join(box.data, "run/addresses.json"), "utf8");
  service = z.object({ pinsvc: z.string() }).parse(JSON.parse(running)).pinsvc;
  token = await tokenOf("ann:secret");
});

afterAll(async () => {
  await box?.[Symbol.asyncDispose]();
});

async function askForPasswords(file: string): Promise<void> {
  const section = z.looseObject({ basic_auth_credentials: z.unknown() });
  const schema = z.looseObject({ api: z.looseObject({ pinsvcapi: section }) });
  const config = schema.parse(JSON.parse(await readFile(file, "utf8")));
  config.api.pinsvcapi.basic_auth_credentials = { ann: "secret" };
  await writeFile(file, JSON.stringify(config));
}

async function tokenOf(login: string): Promise<string> {
  const headers = { Authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  const response = await fetch(`${service}/token`, { method: "POST", headers });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` };
  return fetch(`${service}${path}`, { ...init, headers });
}

async function statusOf(cid: string): Promise<string> {
  const status = z.object({ status: z.string() });
  return status.parse(await (await ask(`/pins/${cid}`)).json()).status;
}

describe.skipIf(!hasKubo)(`with Kubo${withoutKubo}`, () => {
  let kubo: KuboPeer;
  beforeAll(async () => {
    kubo = await openKuboPeer();
    await kubo.ipfs("pin", "remote", "service", "add", "ours", service, token);
  });
  afterAll(async () => {
    await kubo[Symbol.asyncDispose]();
  });

  function remote(command: string, ...args: string[]): Promise<string> {
    return kubo.ipfs("pin", "remote", command, "--service=ours", ...args);
  }

  /** Content that Kubo has, or, with `isLost`, that nobody has. */
  async function contentOf(text: string, isLost = false): Promise<string> {
    const file = join(kubo.folder, "content");
    await writeFile(file, text);
    const where = isLost ? "--only-hash" : "--pin=false";
    return (await kubo.ipfs("add", "-Q", "--cid-version=1", where, file)).trim();
  }

  test("a service with a wrong token is told to be unusable, ours is not", async () => {
    await kubo.ipfs("pin", "remote", "service", "add", "wrong", service, `not-${token}`);
    const lines = (await kubo.ipfs("pin", "remote", "service", "ls", "--stat")).split("\n");
    expect(lines.find((line) => line.startsWith("ours"))).toMatch(/\d+\/\d+\/\d+\/\d+/);
    expect(lines.find((line) => line.startsWith("wrong"))).toContain("invalid");
    await kubo.ipfs("pin", "remote", "service", "rm", "wrong");
  });

  test("a pin is added, found by name, CID and status, and removed", async () => {
    const cid = await contentOf("one");
    expect(await remote("add", "--name=one", cid)).toMatch(/pinned/);
    expect(await remote("ls", `--cid=${cid}`)).toMatch(new RegExp(`^${cid}\tpinned\tone`));
    expect(await remote("ls", "--name=one")).toContain(cid);
    expect(await remote("ls", "--name=two")).toBe("");
    expect(await remote("ls", "--status=queued,pinning,failed", "--name=one")).toBe("");
    await remote("rm", "--name=one");
    expect(await remote("ls", "--name=one")).toBe("");
  });

  test("a pin of what nobody has goes on in the background, until it is removed", async () => {
    const cid = await contentOf("lost", true);
    expect(await remote("add", "--background", "--name=lost", cid)).toContain(cid);
    expect(await remote("ls", "--status=queued,pinning", "--name=lost")).toContain(cid);
    await remote("rm", "--status=queued,pinning,pinned,failed", "--force");
    expect(await remote("ls", "--status=queued,pinning,pinned,failed")).toBe("");
  });

  test("a list longer than a page is read to its end", async () => {
    const cids = new Set<string>();
    for (let number = 0; number < 25; number += 1) {
      const cid = await contentOf(`many ${number}`, true);
      cids.add(cid);
      await ask("/pins", { method: "POST", body: JSON.stringify({ cid, name: "many" }) });
    }
    const lines = (await remote("ls", "--status=queued,pinning", "--name=many")).trim().split("\n");
    expect(new Set(lines.map((line) => line.split("\t")[0]))).toEqual(cids);
    await remote("rm", "--status=queued,pinning,pinned,failed", "--force");
  });

  test("content is fetched from the origins of its pin", async () => {
    await using other = await openKuboPeer();
    const file = join(other.folder, "content");
    await writeFile(file, "from the origins");
    const cid = (await other.ipfs("add", "-Q", "--cid-version=1", file)).trim();
    const body = JSON.stringify({ cid, origins: await other.addresses() });
    expect((await ask("/pins", { method: "POST", body })).status).toBe(202);
    await eventually(async () => (await statusOf(cid)) === "pinned");
  });
});

describe.skipIf(specSource === "")(`the specification's checks${withoutSpec}`, () => {
  test("find nothing", async () => {
    const checks = await installChecks();
    const child = Bun.spawn(["node", join(checks, "dist/src/index.js"), "-s", service, token], {
      env: { ...process.env, PSA_SPEC: join(specSource, "ipfs-pinning-service.yaml") },
      stdout: "pipe",
      stderr: "ignore",
    });
    const report = await child.stdout.text();
    const [, summary = ""] = report.split(/^Summary.*$/m);
    expect(report.match(/❌.*/g) ?? []).toEqual([]);
    expect(summary.match(/🟢/g)).toHaveLength(9);
  }, 300_000);
});

/** Where the checks lie, changed to read the specification from a file; they would download it. */
async function installChecks(): Promise<string> {
  const work = process.env["PSC_WORK"] ?? join(box.folder, "checks");
  const checks = join(work, "node_modules/@ipfs-shipyard/pinning-service-compliance");
  if (!existsSync(checks)) {
    await mkdir(work, { recursive: true });
    const dependencies = { "@ipfs-shipyard/pinning-service-compliance": "1.8.1" };
    await writeFile(join(work, "package.json"), JSON.stringify({ private: true, dependencies }));
    const npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"];
    const child = Bun.spawn(npm, { cwd: work, stdout: "pipe", stderr: "pipe" });
    const [problems, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(problems);
  }
  const constants = join(checks, "dist/src/utils/constants.js");
  const text = await readFile(constants, "utf8");
  const location = /^const specLocation = .*/m;
  await writeFile(constants, text.replace(location, "const specLocation = process.env.PSA_SPEC;"));
  await mkdir(join(checks, "dist/docs"), { recursive: true });
  return checks;
}
