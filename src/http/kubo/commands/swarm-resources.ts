import type { KuboCommand } from "../command.ts";
import { requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { tableOf } from "./swarm-text.ts";

/** Kubo tells limits of many scopes; here there is one, and the limits are the host's own. */
export const swarmResources: KuboCommand = { path: "swarm/resources", run: runResources };

async function runResources(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const resources = Object.entries(host.resources());
  const system = Object.fromEntries(
    resources.flatMap(([name, { used, max }]) => [
      [capitalised(name), limitOf(max)],
      [`${capitalised(name)}Usage`, used],
    ]),
  );
  await output.single({ System: system }, () => {
    const rows = resources.map(([name, { used, max }]) => [
      "System",
      capitalised(name),
      String(limitOf(max)),
      String(used),
      shareOf(used, max),
    ]);
    return tableOf([head, ...rows]);
  });
}

const head = ["Scope", "Limit Name", "Limit Value", "Limit Usage Amount", "Limit Usage Percent"];

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function limitOf(max: number): number | "unlimited" {
  return Number.isFinite(max) ? max : "unlimited";
}

function shareOf(used: number, max: number): string {
  if (!Number.isFinite(max)) return "n/a";
  return used === 0 || max === 0 ? "0%" : `${((used / max) * 100).toFixed(1)}%`;
}
