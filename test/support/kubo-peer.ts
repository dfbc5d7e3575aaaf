import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KuboPeerOptions {
  /** Swarm addresses. Default: TCP on the loopback, a port that the system chooses. */
  readonly listen?: readonly string[];
  /** Settings besides, as `ipfs config --json KEY VALUE`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Of `ipfs daemon`. */
  readonly flags?: readonly string[];
  /** Runs the commands, `ip netns exec NAME` for one. */
  readonly launcher?: readonly string[];
}

/** A real Kubo in a network of its own: no bootstrap, no mDNS, no DHT unless asked. */
export interface KuboPeer extends AsyncDisposable {
  readonly id: string;
  /** Its repository. */
  readonly folder: string;
  /** `ipfs …`, its output. */
  ipfs(...args: string[]): Promise<string>;
  /** Starts `ipfs …` and leaves it running; the caller ends it. */
  spawn(...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Swarm addresses with /p2p/ID. */
  addresses(): Promise<string[]>;
}

export const hasKubo = Bun.which("ipfs") !== null;
export const withoutKubo = hasKubo ? "" : " (skipped: no `ipfs` on PATH)";

export async function openKuboPeer({
  listen = ["/ip4/127.0.0.1/tcp/0"],
  config = {},
  flags = [],
  launcher = [],
}: KuboPeerOptions = {}): Promise<KuboPeer> {
  const folder = await mkdtemp(join(tmpdir(), "pinfold-kubo-"));
  const env = { ...process.env, IPFS_PATH: folder };
  const spawn: KuboPeer["spawn"] = (...args) =>
    Bun.spawn([...launcher, "ipfs", ...args], {
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  const run = async (...args: string[]): Promise<string> => {
    const child = spawn(...args);
    const [status, stdout, stderr] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if (status !== 0) throw new Error(`ipfs ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  await run("init", "--profile", "test");
  await configure(folder, { ...quiet, "Addresses.Swarm": listen, ...config });
  const daemon = Bun.spawn([...launcher, "ipfs", "daemon", "--enable-gc=false", ...flags], {
    env,
    stdout: "pipe",
    stderr: "ignore",
  });
  await untilReady(daemon.stdout);
  const id = (await run("config", "Identity.PeerID")).trim();
  return {
    id,
    folder,
    ipfs: run,
    spawn,
    addresses: async () => {
      const listening = await run("swarm", "addrs", "local");
      const lines = listening.split("\n").filter((line) => line !== "");
      return lines.map((line) => `${line}/p2p/${id}`);
    },
    [Symbol.asyncDispose]: async () => {
      daemon.kill("SIGKILL"); // its folder goes too
      await daemon.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const quiet = {
  Bootstrap: [],
  "AutoConf.Enabled": false,
  "Routing.Type": "none",
  "Routing.DelegatedRouters": [],
  "Ipns.DelegatedPublishers": [],
  "DNS.Resolvers": {},
  "Discovery.MDNS.Enabled": false,
  "Swarm.AddrFilters": [],
  "Swarm.DisableNatPortMap": true,
};

/** One write of the file instead of a process for each key. */
async function configure(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const file = join(folder, "config");
  const config = asSection(await Bun.file(file).json());
  for (const [key, value] of Object.entries(settings)) setAt(config, key.split("."), value);
  await Bun.write(file, JSON.stringify(config));
}

function asSection(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function setAt(config: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    config[first] = value;
    return;
  }
  const section = asSection(config[first]);
  config[first] = section;
  setAt(section, rest, value);
}

async function untilReady(stdout: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of stdout) {
    said += decoder.decode(bytes, { stream: true });
    if (said.includes("Daemon is ready")) return;
  }
  throw new Error(`ipfs daemon ended: ${said}`);
}
