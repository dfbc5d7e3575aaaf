// Blocks between two nodes on this machine: the target and a real Kubo, each way. Kubo as the target is Kubo–Kubo.

import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import type { Inputs } from "./inputs.ts";
import { curl, lastHash, type Running, start, timed } from "./running.ts";
import { kubo, type Target } from "./targets.ts";

/** Row → unit. */
export const exchangeRows = {
  "fetch 512 MiB from a Kubo": "MB/s",
  "serve 512 MiB to a Kubo": "MB/s",
} as const;

/** Nothing without `ipfs` on PATH. */
export async function measureExchange(
  target: Target,
  inputs: Inputs,
  folder: string,
): Promise<Record<string, number>> {
  if (Bun.which("ipfs") === null) return {};
  return {
    "fetch 512 MiB from a Kubo": await measurePin({ from: kubo(), to: target }, inputs, folder),
    "serve 512 MiB to a Kubo": await measurePin({ from: target, to: kubo() }, inputs, folder),
  };
}

/** MB/s of a pin of what the other has, from connected to pinned. */
async function measurePin(
  { from, to }: { readonly from: Target; readonly to: Target },
  inputs: Inputs,
  folder: string,
): Promise<number> {
  const folders = [
    await mkdtemp(join(folder, `${from.name}-from-`)),
    await mkdtemp(join(folder, `${to.name}-to-`)),
  ] as const;
  const peers: Running[] = [];
  try {
    const source = await start(from, folders[0]);
    peers.push(source);
    const sink = await start(to, folders[1]);
    peers.push(sink);
    const added = await curl(["-F", `file=@${inputs.bigPath}`, `${source.rpc}/api/v0/add`]);
    const address = await swarmAddress(source);
    await post(sink, `swarm/connect?arg=${encodeURIComponent(address)}`);
    const [ms] = await timed(() => post(sink, `pin/add?arg=${lastHash(added)}`));
    return inputs.bigBytes / 1e3 / ms;
  } finally {
    for (const peer of peers) await peer.stop();
    for (const path of folders) await rm(path, { recursive: true, force: true });
  }
}

function post(peer: Running, command: string): Promise<string> {
  return curl(["--fail-with-body", "-X", "POST", `${peer.rpc}/api/v0/${command}`]);
}

async function swarmAddress(peer: Running): Promise<string> {
  const { Addresses } = JSON.parse(await post(peer, "id"));
  const address: unknown = Addresses?.find((text: string) =>
    text.startsWith("/ip4/127.0.0.1/tcp/"),
  );
  if (typeof address !== "string") throw new Error(`no TCP address in ${String(Addresses)}`);
  return address;
}
