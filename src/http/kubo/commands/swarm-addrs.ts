import { bool, type KuboCommand } from "../command.ts";
import { type Host, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { listOf } from "./swarm-text.ts";

// no options of its own, but callable although there are commands below it
const addrs: KuboCommand = { path: "swarm/addrs", options: [], run: runAddrs };

const local: KuboCommand = {
  path: "swarm/addrs/local",
  options: [bool("id")],
  run: async (request, output) => {
    const { host } = await requireNetwork(request, "action");
    const suffix = request.flag("id") === true ? `/p2p/${host.id}` : "";
    const addresses = bare(host, host.addresses()).map((address) => address + suffix);
    await output.single(...listOf(addresses));
  },
};

const listen: KuboCommand = {
  path: "swarm/addrs/listen",
  run: async (request, output) => {
    const { host } = await requireNetwork(request, "action");
    await output.single(...listOf(bare(host, host.listenAddresses())));
  },
};

const autonat: KuboCommand = { path: "swarm/addrs/autonat", run: runAutonat };

export const swarmAddressCommands: readonly KuboCommand[] = [addrs, local, listen, autonat];

/** Sorted, without /p2p. */
function bare(host: Host, addresses: readonly string[]): readonly string[] {
  const suffix = `/p2p/${host.id}`;
  const plain = addresses.map((address) =>
    address.endsWith(suffix) ? address.slice(0, -suffix.length) : address,
  );
  return plain.toSorted();
}

async function runAddrs(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request, "action");
  const known = new Map([[host.id, bare(host, host.addresses())]]);
  for (const { peer, addresses } of await host.knownPeers()) {
    if (peer !== host.id && addresses.length > 0) known.set(peer, addresses);
  }
  const sorted = [...known].toSorted(([one], [other]) => (one < other ? -1 : 1));
  await output.single({ Addrs: Object.fromEntries(sorted) }, () =>
    sorted
      .map(([peer, addresses]) => `${peer} (${addresses.length})\n${indented(addresses)}`)
      .join(""),
  );
}

function indented(addresses: readonly string[]): string {
  return addresses.map((address) => `\t${address}\n`).join("");
}

async function runAutonat(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const { status, reachable, unreachable, unknown } = host.reachability();
  const value = {
    reachability: reachabilityText[status],
    reachable: orAbsent(reachable),
    unreachable: orAbsent(unreachable),
    unknown: orAbsent(unknown),
  };
  await output.single(value, () => {
    const sections = [
      section("Reachable", reachable),
      section("Unreachable", unreachable),
      section("Unknown", unknown),
    ].join("");
    const details = sections === "" ? "  (no address reachability data available)\n" : sections;
    return `AutoNAT V2 Status:\n  Reachability: ${value.reachability}\n\nPer-Address Reachability:\n${details}`;
  });
}

const reachabilityText = { unknown: "Unknown", public: "Public", private: "Private" } as const;

function orAbsent(addresses: readonly string[]): readonly string[] | undefined {
  return addresses.length === 0 ? undefined : addresses;
}

function section(title: string, addresses: readonly string[]): string {
  const lines = addresses.map((address) => `    ${address}\n`).join("");
  return lines === "" ? "" : `  ${title}:\n${lines}`;
}
