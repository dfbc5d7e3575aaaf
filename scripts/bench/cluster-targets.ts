// Cluster peers under measurement: ours, called by the name of IPFS Cluster's program, and that program.

import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";

import { run } from "./inputs.ts";
import { start } from "./running.ts";
import { freePort, kubo } from "./targets.ts";

export interface ClusterTarget {
  readonly name: string;
  /** Makes a fresh folder ready; answers the base URL of the REST API. Not measured. */
  prepare(folder: string): Promise<string>;
  /** The command line of `ipfs-cluster-service` for a folder. */
  service(folder: string, ...args: string[]): string[];
  daemon(folder: string): string[];
  /** Starts what the peer stands on, when it is another program. */
  startNode?(folder: string): Promise<{ stop(): Promise<void> }>;
}

/** Ours, and the Go peer when it is on PATH. `folder`: for what they need besides their data. */
export async function findClusterTargets(
  only: string | undefined,
  folder: string,
): Promise<ClusterTarget[]> {
  const targets = [await pinfoldPeer(folder)];
  if (Bun.which(serviceName) === null) console.error(`no \`${serviceName}\` on PATH: left out`);
  else targets.push(goPeer());
  const chosen = targets.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`--only ${only}: expected pinfold or go`);
  return chosen;
}

const serviceName = "ipfs-cluster-service";

/** What is measured of `service.json`; all else stays as the programs make it. */
interface ServiceConfig {
  cluster: { listen_multiaddress: unknown };
  api: { restapi: { http_listen_multiaddress: string } };
  ipfs_connector: { ipfshttp?: { node_multiaddress: string } };
  ipfs?: { rpc_listen_multiaddress: string; storage_max: string };
  gateway?: { listen_multiaddress: string };
}

async function pinfoldPeer(folder: string): Promise<ClusterTarget> {
  const executable = resolve(process.env["PINFOLD_EXECUTABLE"] ?? "dist/pinfold");
  if (!existsSync(executable)) throw new Error(`${executable} is missing: run \`bun run build\``);
  await mkdir(join(folder, "bin"), { recursive: true });
  const service = join(folder, "bin", serviceName);
  await symlink(executable, service);
  return {
    name: "pinfold",
    prepare: async (data) => {
      await run([executable, "init", "--data", data, "--profile", "test"]);
      return configure(data);
    },
    service: (data, ...args) => [service, "-c", data, ...args],
    daemon: (data) => [executable, "daemon", "--data", data],
  };
}

/** With its default datastore, and a Kubo that is connected to nobody, as our node is. */
function goPeer(): ClusterTarget {
  const node = kubo();
  return {
    name: "go",
    prepare: async (data) => {
      await mkdir(repo(data));
      await node.prepare(repo(data));
      await run([serviceName, "-c", data, "init", "--consensus", "crdt"]);
      const { port } = new URL((await node.urls(repo(data))).rpc);
      return configure(data, `/ip4/127.0.0.1/tcp/${port}`);
    },
    startNode: (data) => start(node, repo(data), { isPrepared: true }),
    service: (data, ...args) => [serviceName, "-c", data, ...args],
    daemon: (data) => [serviceName, "-c", data, "daemon"],
  };
}

function repo(data: string): string {
  return join(data, "kubo");
}

/** Ports that are free. `rpc`: of the Kubo beside it. */
async function configure(data: string, rpc?: string): Promise<string> {
  const path = join(data, "service.json");
  const config: ServiceConfig = await Bun.file(path).json();
  const port = await freePort();
  config.api = {
    restapi: { ...config.api.restapi, http_listen_multiaddress: `/ip4/127.0.0.1/tcp/${port}` },
  };
  config.cluster.listen_multiaddress = [await freeAddress()];
  if (rpc !== undefined) config.ipfs_connector.ipfshttp = { node_multiaddress: rpc };
  if (config.ipfs !== undefined) {
    config.ipfs.rpc_listen_multiaddress = await freeAddress();
    config.ipfs.storage_max = "100GB";
  }
  if (config.gateway !== undefined) config.gateway.listen_multiaddress = await freeAddress();
  await Bun.write(path, JSON.stringify(config, undefined, 2));
  return `http://127.0.0.1:${port}`;
}

async function freeAddress(): Promise<string> {
  return `/ip4/127.0.0.1/tcp/${await freePort()}`;
}
