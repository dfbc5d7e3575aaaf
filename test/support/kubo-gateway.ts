import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real Kubo that serves what a CAR holds, offline, on a port that the system chose. */
export class KuboGateway implements AsyncDisposable {
  readonly url: string;
  readonly #daemon: Bun.Subprocess;
  readonly #folder: string;

  constructor(url: string, daemon: Bun.Subprocess, folder: string) {
    this.url = url;
    this.#daemon = daemon;
    this.#folder = folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#daemon.kill();
    await this.#daemon.exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export async function openKuboGateway(car: Uint8Array): Promise<KuboGateway> {
  const folder = await mkdtemp(join(tmpdir(), "pinfold-kubo-"));
  const env = { ...process.env, IPFS_PATH: folder };
  const ipfs = async (...args: string[]): Promise<void> => {
    const child = Bun.spawn(["ipfs", ...args], { env, stdout: "ignore", stderr: "pipe" });
    const [status, text] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (status !== 0) throw new Error(`ipfs ${args.join(" ")}: ${text}`);
  };
  await ipfs("init", "--profile", "test");
  await ipfs("config", "--json", "AutoConf.Enabled", "false");
  for (const list of ["Bootstrap", "Routing.DelegatedRouters", "Ipns.DelegatedPublishers"]) {
    await ipfs("config", "--json", list, "[]");
  }
  await ipfs("config", "--json", "DNS.Resolvers", "{}");
  await Bun.write(join(folder, "in.car"), car);
  await ipfs("dag", "import", "--pin-roots=false", join(folder, "in.car"));
  const daemon = Bun.spawn(["ipfs", "daemon", "--offline"], {
    env,
    stdout: "pipe",
    stderr: "ignore",
  });
  let said = "";
  for await (const text of daemon.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes("Daemon is ready")) break;
  }
  const url = (await Bun.file(join(folder, "gateway")).text()).trim();
  return new KuboGateway(url, daemon, folder);
}
