// The programs under measurement: how each is prepared, started and reached.

import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

import { run } from "./inputs.ts";

export interface Target {
  readonly name: string;
  /** Makes a fresh folder ready; not measured. */
  prepare(folder: string): Promise<void>;
  /** The command and its environment; the clock runs from here to the first answer. */
  command(folder: string): { readonly argv: string[]; readonly env: Record<string, string> };
  /** Base URLs; may wait until they are known. */
  urls(folder: string): Promise<{ readonly rpc: string; readonly gateway: string }>;
}

export function findTargets(only: string | undefined): Target[] {
  const targets = only === "kubo" ? [] : [pinfold()];
  if (Bun.which("ipfs") === null) console.error("no `ipfs` on PATH: Kubo is not measured");
  else targets.push(kubo());
  const chosen = targets.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`--only ${only}: expected pinfold or kubo`);
  return chosen;
}

function pinfold(): Target {
  const executable = resolve(process.env["PINFOLD_EXECUTABLE"] ?? "dist/pinfold");
  if (!existsSync(executable)) throw new Error(`${executable} is missing: run \`bun run build\``);
  return {
    name: "pinfold",
    prepare: async (folder) => {
      await run([executable, "init", "--data", folder, "--profile", "test"]);
      const path = join(folder, "service.json");
      const config = await Bun.file(path).json();
      const [rpc, gateway] = [await freePort(), await freePort()];
      config.ipfs.rpc_listen_multiaddress = `/ip4/127.0.0.1/tcp/${rpc}`;
      config.gateway.listen_multiaddress = `/ip4/127.0.0.1/tcp/${gateway}`;
      config.ipfs.storage_max = "100GB";
      await Bun.write(path, JSON.stringify(config, undefined, 2));
      await Bun.write(join(folder, "bench.json"), JSON.stringify({ rpc, gateway }));
    },
    command: (folder) => ({ argv: [executable, "daemon", "--data", folder], env: {} }),
    urls: benchPorts,
  };
}

export function kubo(): Target {
  return {
    name: "kubo",
    prepare: async (folder) => {
      const [rpc, gateway] = [await freePort(), await freePort()];
      const ipfs = (...args: string[]) => run(["env", `IPFS_PATH=${folder}`, "ipfs", ...args]);
      await ipfs("init", "--profile", "test");
      await ipfs("config", "Addresses.API", `/ip4/127.0.0.1/tcp/${rpc}`);
      await ipfs("config", "Addresses.Gateway", `/ip4/127.0.0.1/tcp/${gateway}`);
      await ipfs("config", "Datastore.StorageMax", "100GB");
      await ipfs("config", "--json", "AutoConf.Enabled", "false");
      for (const key of ["Routing.DelegatedRouters", "Ipns.DelegatedPublishers"]) {
        await ipfs("config", "--json", key, "[]");
      }
      await ipfs("config", "--json", "DNS.Resolvers", "{}");
      await Bun.write(join(folder, "bench.json"), JSON.stringify({ rpc, gateway }));
    },
    command: (folder) => ({ argv: ["ipfs", "daemon"], env: { IPFS_PATH: folder } }),
    urls: benchPorts,
  };
}

async function benchPorts(folder: string): Promise<{ rpc: string; gateway: string }> {
  const { rpc, gateway } = await Bun.file(join(folder, "bench.json")).json();
  return { rpc: `http://127.0.0.1:${rpc}`, gateway: `http://127.0.0.1:${gateway}` };
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
