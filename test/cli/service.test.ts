// Goal: the executable is the program whose name it has, and as ipfs-cluster-service it starts, logs, locks, stops and keeps
// its pinset as that program's users expect. Method: black box, with a node of ours (or nobody) as the IPFS node.

import { expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { type BlackBox, openBlackBox } from "#test/black-box";
import { eventually } from "#test/eventually";
import { fakeKuboId, openFakeKubo, tell } from "#test/fake-kubo";
import { type ServiceProgram, serviceProgram } from "#test/service-program";

setDefaultTimeout(60_000);

const anyPort = "/ip4/127.0.0.1/tcp/0";
const nobody = "/ip4/127.0.0.1/tcp/1";
const ready = "** IPFS Cluster is READY **";

/** Settings for a folder whose peer meets nobody. */
function alone(ipfs: string): Record<string, string> {
  return {
    CLUSTER_LISTENMULTIADDRESS: anyPort,
    CLUSTER_MDNSINTERVAL: "0",
    CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: anyPort,
    CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: anyPort,
    CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: anyPort,
    CLUSTER_IPFSHTTP_NODEMULTIADDRESS: ipfs,
    CLUSTER_IPFSPROXY_NODEMULTIADDRESS: ipfs,
  };
}

async function initialised(box: BlackBox, ipfs = nobody): Promise<ServiceProgram> {
  const service = serviceProgram(box);
  expect((await service.run(["init"], { env: alone(ipfs) })).code).toBe(0);
  return service;
}

test("links and copies are the program whose name they have", async () => {
  await using box = openBlackBox();
  mkdirSync(box.path("bin"));
  symlinkSync("../pinfold", box.path("bin", "ipfs-cluster-service"));
  copyFileSync(box.path("pinfold"), box.path("bin", "ipfs-cluster-ctl"));
  symlinkSync("ipfs-cluster-service", box.path("bin", "ipfs-cluster-follow"));
  symlinkSync("../pinfold", box.path("bin", "pinfold-1"));
  const run = async (command: string, cwd = box.folder): Promise<string> => {
    const env = { PATH: `${box.path("bin")}:/usr/bin:/bin`, HOME: box.path("home") };
    const child = Bun.spawn(["sh", "-c", command], { cwd, env, stdout: "pipe" });
    return child.stdout.text();
  };
  const version = "ipfs-cluster-service version 1.1.6\n";
  expect(await run("bin/ipfs-cluster-service --version")).toBe(version);
  expect(await run("./ipfs-cluster-service --version", box.path("bin"))).toBe(version);
  expect(await run("ipfs-cluster-service --version")).toBe(version);
  expect(await run(`"${box.path("bin", "ipfs-cluster-service")}" --version`)).toBe(version);
  expect(await run("ipfs-cluster-ctl --version")).toBe("ipfs-cluster-ctl version 1.1.6\n");
  expect(await run("ipfs-cluster-follow --version")).toBe("ipfs-cluster-follow version 1.1.6\n");
  expect(await run("pinfold-1 version")).toStartWith("pinfold ");
});

test("a daemon tells its start in the log, waits for IPFS, and ends at SIGHUP", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const daemon = service.daemon();
  await daemon.until("Waiting for IPFS to be ready...");
  expect(daemon.log).not.toContain(ready);
  for (const line of [
    /^\d{4}-\d\d-\d\dT[\d:.]+\S*\tINFO\tservice\tpinfold\tInitializing\. For verbose output/m,
    /\tINFO\tcluster\tpinfold\tIPFS Cluster v1\.1\.6 listening on:\n {8}\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3/,
    /\tINFO\trestapi\tpinfold\tRESTAPI \(HTTP\): \/ip4\/127\.0\.0\.1\/tcp\/\d+$/m,
    /\tINFO\tpinsvcapi\tpinfold\tPINSVCAPI \(HTTP\): \/ip4\/127\.0\.0\.1\/tcp\/\d+$/m,
    /\tINFO\tipfsproxy\tpinfold\tIPFS Proxy: \/ip4\/127\.0\.0\.1\/tcp\/\d+ -> \/ip4\/127\.0\.0\.1\/tcp\/1$/m,
    /\tINFO\tcluster\tpinfold\t {4}- No other peers$/m,
  ]) {
    expect(daemon.log).toMatch(line);
  }
  daemon.kill("SIGHUP");
  const { code, stdout, stderr } = await daemon.result;
  expect(code).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toContain("\tshutting down Cluster\n");
});

test("a daemon that is stopped while its IPFS node tells its id is never ready", async () => {
  await using kubo = await openFakeKubo();
  let calls = 0;
  kubo.answers.set("id", (_call, response) => {
    calls += 1;
    // whether it is there is answered, and nothing after
    if (calls === 1) tell(response, { ID: fakeKuboId, Addresses: [] });
  });
  await using box = openBlackBox();
  const service = await initialised(box, `/ip4/127.0.0.1/tcp/${kubo.port}`);
  const daemon = service.daemon();
  await daemon.until("Waiting for IPFS to be ready...");
  await eventually(() => calls > 1);
  daemon.kill("SIGTERM");
  expect((await daemon.result).code).toBe(0);
  expect(daemon.log).toContain("shutting down Cluster");
  expect(daemon.log).not.toContain(ready);
  expect(existsSync(box.path("cluster", "run", "addresses.json"))).toBe(false);
});

test("a daemon that waits for a configuration elsewhere ends at SIGTERM", async () => {
  await using box = openBlackBox();
  const asked = Promise.withResolvers<void>();
  await using source = Bun.serve({
    port: 0,
    idleTimeout: 0,
    fetch: () => {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  const service = await initialised(box);
  writeFileSync(box.path("cluster", "service.json"), JSON.stringify({ source: source.url.href }));
  const daemon = service.daemon();
  await asked.promise;
  daemon.kill("SIGTERM");
  // it would wait for a minute
  expect((await daemon.result).code).toBe(0);
}, 30_000);

test("a daemon is ready when its IPFS node answers, and nobody else gets its folder", async () => {
  await using box = openBlackBox();
  const { addresses } = await box.start(["--init", "--profile", "test", "--offline"]);
  const { port } = new URL(addresses.rpc);
  const service = await initialised(box, `/ip4/127.0.0.1/tcp/${port}`);
  const daemon = service.daemon();
  await daemon.until(ready);
  expect(daemon.log).toMatch(/\tIPFS is ready\. Peer ID: 12D3Koo/);
  const lock = box.path("cluster", "cluster.lock");
  for (const command of [
    ["daemon"],
    ["state", "export"],
    ["state", "cleanup", "-f"],
    ["init", "-f"],
  ]) {
    const { code, stdout, stderr } = await service.run(command);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(
      `error obtaining execution lock: lock ${lock}: someone else has the lock. If no other `,
    );
  }
  daemon.kill("SIGTERM");
  expect((await daemon.result).code).toBe(0);
});

test("levels are set for all and for parts, by flag and by variable", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const components = async (
    args: string[],
    env: Record<string, string> = {},
  ): Promise<string[]> => {
    const daemon = service.daemon(args, { env: { GOLOG_OUTPUT: "stderr+stdout", ...env } });
    await daemon.until("PINSVCAPI");
    daemon.kill("SIGTERM");
    const { stdout } = await daemon.result;
    const lines = stdout.split("\n").filter((line) => /^\d{4}-/.test(line));
    const names = new Set(lines.map((line) => line.split("\t")[2] ?? ""));
    // whether it has already missed its node is a matter of time
    names.delete("ipfshttp");
    return [...names].toSorted();
  };
  expect(await components(["-l", "error,pinsvcapi:info"])).toEqual(["pinsvcapi"]);
  expect(await components(["--loglevel", "pinsvcapi:info,cluster:error,service:fatal"])).toEqual([
    "ipfsproxy",
    "pinsvcapi",
    "restapi",
  ]);
  expect(
    await components([], {
      IPFS_CLUSTER_LOG_LEVEL: "warn,pinsvcapi:debug",
      GOLOG_LOG_LEVEL: "debug",
    }),
  ).toEqual(["pinsvcapi"]);
});

test("the log goes to a file, and is JSON when that is asked for", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const file = box.path("cluster.log");
  const daemon = service.daemon([], { env: { GOLOG_FILE: file, GOLOG_LOG_FMT: "json" } });
  await eventually(
    () => existsSync(file) && readFileSync(file, "utf8").includes("Waiting for IPFS"),
  );
  daemon.kill("SIGINT");
  const { code, stdout, stderr } = await daemon.result;
  expect([code, stdout, stderr]).toEqual([0, "", ""]);
  const entries = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(entries[0]).toMatchObject({ level: "info", logger: "service", caller: "pinfold" });
  expect(entries.at(-1)).toMatchObject({ logger: "cluster", msg: "shutting down Cluster" });
});

test.skipIf(process.platform === "win32")(
  "a daemon goes on, and complains not, when whoever reads its log stands still and then leaves",
  async () => {
    await using box = openBlackBox();
    await box.run(["init", "--profile", "test"]);
    const [stderr, addresses] = [box.path("stderr"), join(box.data, "run/addresses.json")];
    // the reader of the pipe waits for a line of the test, and reads nothing else
    const script = `exec 3<&0; "$0" daemon --offline -d 2>"$1" </dev/null | { read -r line <&3; }`;
    const child = Bun.spawn(["sh", "-c", script, box.path("pinfold"), stderr], {
      env: { HOME: box.path("home"), PINFOLD_PATH: box.data, GOLOG_OUTPUT: "stdout" },
      stdin: "pipe",
    });
    const { pid, rest } = await eventually(
      () => existsSync(addresses) && JSON.parse(readFileSync(addresses, "utf8")),
    );
    const long = "x".repeat(2000); // more than a pipe holds, with what comes below
    const ask = async () => (await fetch(`${rest}/version?${long}`)).status;
    for (let round = 0; round < 100; round += 1) await ask();
    void child.stdin.write("\n");
    await child.stdin.end();
    for (let round = 0; round < 10; round += 1) expect(await ask()).toBe(200);
    process.kill(pid, "SIGTERM");
    await child.exited;
    expect(readFileSync(stderr, "utf8")).toBe("");
  },
);

const pin = (name: string): string =>
  `{"cid":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","name":"${name}"}\n`;

test("a pinset is imported wholly or not at all", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  expect((await service.run(["state", "import", "-f"], { stdin: pin("old") })).code).toBe(0);
  const file = box.path("bad.json");
  writeFileSync(file, `${pin("new")}not exactly json\n`);
  const failed = await service.run(["state", "import", "-f", file]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toBe(
    "error importing state: invalid character 'o' in literal null (expecting 'u')\n",
  );
  const { stdout } = await service.run(["state", "export"]);
  expect(stdout).toContain('"name":"old"');
  expect(stdout.split("\n")).toHaveLength(2);
  const other = await box.run(["state", "export", "--config", box.path("cluster")], {
    env: { PINFOLD_PATH: "" },
  });
  expect(other.stdout).toBe(stdout);
});

test("prompts take three answers, and stdin after them is the file", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const question = "The pinset (state) of this peer will be replaced. Continue? [y/n]: ";
  const again = "Please press either 'y' or 'n'\n";
  const run = (stdin: string) => service.run(["state", "import"], { stdin });
  expect(await run("what\nno\nmaybe\n")).toMatchObject({
    code: 0,
    stdout: `${question}${again}`.repeat(3),
  });
  expect((await service.run(["state", "export"])).stdout).toBe("");
  expect(await run(`what\ny\n${pin("given")}`)).toMatchObject({
    code: 0,
    stdout: `${question}${again}${question}reading from stdin, Ctrl-D to finish\n`,
  });
  expect((await service.run(["state", "export"])).stdout).toContain('"name":"given"');
});

test("a list of levels that cannot be taken apart is an error", async () => {
  await using box = openBlackBox();
  const service = serviceProgram(box);
  expect(await service.run(["-l", "a:b:c", "version"])).toEqual({
    code: 1,
    stdout: "",
    stderr: 'error: log level not in expected format "identifier:loglevel" or "loglevel"\n',
  });
  expect(await service.run(["-l", "info,a:info,a:debug,warn", "version"])).toEqual({
    code: 0,
    stdout: "overwriting existing a log level\noverwriting existing all log level\n1.1.6\n",
    stderr: "",
  });
});

test("what the system refuses is told without a stack", async () => {
  await using box = openBlackBox();
  const service = serviceProgram(box);
  writeFileSync(box.path("file"), "");
  const init = await service.run(["-c", box.path("file"), "init"]);
  expect(init.code).toBe(1);
  expect(init.stderr).toMatch(/^error: mkdir \S+\/file: .*\n$/);
  await service.run(["init"]);
  const read = await service.run(["state", "import", "-f", box.folder]);
  expect(read.stderr).toBe(`error importing state: read ${box.folder}: is a directory\n`);
  const missing = await service.run(["state", "crdt", "info"], {
    env: { IPFS_CLUSTER_PATH: box.path("none") },
  });
  expect(missing.stderr).toContain("error loading configurations: open ");
});

test("--force before the command counts too", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const { code, stdout } = await service.run(["--force", "init"]);
  expect([code, stdout]).toEqual([0, ""]);
});

test("allocations that are no peer ids are refused", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const args = ["state", "import", "-f", "--allocs", "nobody"];
  const { code, stderr } = await service.run(args, { stdin: pin("x") });
  expect(code).toBe(1);
  expect(stderr).toStartWith("error reading allocations: ");
});

test("pinfold daemon takes levels and GOLOG_* too", async () => {
  await using box = openBlackBox();
  const wrong = await box.run(["daemon", "--init", "--profile", "test", "-l", "inof"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('unrecognized level: "inof" (did you mean info?)');
  const daemon = await box.start(["--init", "--profile", "test", "-l", "error,restapilog:debug"], {
    env: { GOLOG_LOG_FMT: "json" },
  });
  await fetch(`${daemon.addresses.rest}/version`);
  const { stderr } = await daemon.stop();
  const entries = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(entries.map(({ logger, msg }) => `${logger} ${msg}`)).toEqual(["restapilog request"]);
  expect(entries[0].line).toContain('"GET /version HTTP/1.1" 200');
});

test("signals that come together end a daemon", async () => {
  await using box = openBlackBox();
  const service = await initialised(box);
  const daemon = service.daemon();
  await daemon.until("Waiting for IPFS");
  daemon.kill("SIGTERM");
  daemon.kill("SIGINT");
  const { code } = await daemon.result;
  expect([0, 1]).toContain(code ?? -1);
});
