import { isIPv4, isIPv6 } from "node:net";

import { type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import { requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { listOf, listOrNull } from "./swarm-text.ts";

const list: KuboCommand = {
  path: "swarm/filters",
  options: [],
  run: async (request, output) => {
    const { host } = await requireNetwork(request);
    await output.single(...listOrNull(host.filters.list()));
  },
};

const add: KuboCommand = {
  path: "swarm/filters/add",
  arguments: [pathArgument("address", true)],
  run: runAdd,
};

const remove: KuboCommand = {
  path: "swarm/filters/rm",
  arguments: [pathArgument("address", true)],
  run: runRemove,
};

export const swarmFilterCommands: readonly KuboCommand[] = [list, add, remove];

async function runAdd(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const wanted = [...new Set(request.arguments)];
  wanted.forEach(checkFilter);
  for (const filter of wanted) host.filters.add(filter);
  await output.single(...listOf(wanted));
}

async function runRemove(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const [first] = request.arguments;
  if (first === "all" || first === "*") {
    const all = host.filters.list();
    for (const filter of all) host.filters.remove(filter);
    return output.single(...listOrNull(all));
  }
  request.arguments.forEach(checkFilter);
  const removed = request.arguments.filter((filter) => host.filters.remove(filter));
  await output.single(...listOf(removed));
}

/** @throws {CommandError} worded as multiaddr-filter */
function checkFilter(filter: string): void {
  const [, version, address = "", bits = ""] =
    /^\/(ip4|ip6)\/([^/]*)\/ipcidr\/([^/]*)$/.exec(filter) ?? [];
  if (version === undefined) throw new CommandError("invalid multiaddr-filter format");
  const isAddress = version === "ip4" ? isIPv4(address) : isIPv6(address);
  const bitsMax = version === "ip4" ? 32 : 128;
  if (isAddress && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax) return;
  throw new CommandError(`invalid CIDR address: ${address}/${bits}`);
}
