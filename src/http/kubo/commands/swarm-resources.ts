import type { KuboCommand } from "../command.ts";
import { requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { tableOf } from "./swarm-text.ts";

/** Kubo tells limits of many scopes; here there is one, and the limits are the host's own. */
export const swarmResources: KuboCommand = { path: "swarm/resources", run: runResources };

async function runResources(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const resources = Object.entries(host.resources()).map(
    ([name, counted]) => [nameOf(name), counted] as const,
  );
  const system = Object.fromEntries(
    resources.flatMap(([name, { used, max }]) => [
      [name, limitOf(max)],
      [`${name}Usage`, used],
    ]),
  );
  await output.single({ System: system }, () => {
    const rows = resources.map(([name, { used, max }]) => [
      "System",
      name,
      String(limitOf(max)),
      String(used),
      shareOf(used, max),
    ]);
    return tableOf([head, ...rows]);
  });
}

const head = ["Scope", "Limit Name", "Limit Value", "Limit Usage Amount", "Limit Usage Percent"];

/** Where go-libp2p counts the same, its name for it. */
const kuboNames: Readonly<Record<string, string>> = {
  connections: "Conns",
  inboundConnections: "ConnsInbound",
  outboundConnections: "ConnsOutbound",
  streams: "Streams",
  inboundStreams: "StreamsInbound",
  outboundStreams: "StreamsOutbound",
  memory: "Memory",
};

function nameOf(name: string): string {
  return kuboNames[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

function limitOf(max: number): number | "unlimited" {
  return isLimit(max) ? max : "unlimited";
}

function isLimit(max: number): boolean {
  return max < Number.MAX_SAFE_INTEGER;
}

function shareOf(used: number, max: number): string {
  if (!isLimit(max)) return "n/a";
  return used === 0 || max === 0 ? "0%" : `${((used / max) * 100).toFixed(1)}%`;
}
