import type { KuboCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { parsePeerAddress } from "../multiaddr-text.ts";
import { readPeerId, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const add: KuboCommand = {
  path: "swarm/peering/add",
  arguments: [{ name: "address", type: "text", isRequired: true, isVariadic: true }],
  run: runAdd,
};

const remove: KuboCommand = {
  path: "swarm/peering/rm",
  arguments: [{ name: "ID", type: "text", isRequired: true, isVariadic: true }],
  run: runRemove,
};

const list: KuboCommand = { path: "swarm/peering/ls", run: runList };

export const swarmPeeringCommands: readonly KuboCommand[] = [add, remove, list];

/** Until the next start: the configuration stays as it is. */
async function runAdd(request: KuboRequest, output: KuboOutput): Promise<void> {
  const wanted = new Map<string, string[]>();
  for (const text of request.arguments) {
    const { peer, transport } = parsePeerAddress(text);
    if (peer === undefined) throw new CommandError("invalid p2p multiaddr");
    const addresses = wanted.get(peer) ?? [];
    wanted.set(peer, transport === "" ? addresses : [...addresses, transport]);
  }
  const { host } = await requireNetwork(request);
  for (const [peer, addresses] of wanted) {
    host.peering.add(peer, addresses);
    await output.emit({ ID: peer, Status: "success" }, () => `add ${peer} success\n`);
  }
}

async function runRemove(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  for (const text of request.arguments) {
    const peer = readPeerId(text);
    host.peering.remove(peer);
    await output.emit({ ID: peer, Status: "success" }, () => `remove ${peer} success\n`);
  }
}

async function runList(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const peers = host.peering.list().map(({ peer, addresses }) => ({ ID: peer, Addrs: addresses }));
  await output.single({ Peers: peers }, () =>
    peers
      .map(({ ID, Addrs }) => `${ID}\n${Addrs.map((address) => `\t${address}\n`).join("")}`)
      .join(""),
  );
}
