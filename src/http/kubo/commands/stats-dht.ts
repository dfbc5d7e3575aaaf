import type { KuboCommand } from "../command.ts";
import { AskedWronglyError, CommandError } from "../errors.ts";
import { cleanText, type Dht, type Host, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { tableOf } from "./swarm-text.ts";

export const statsDht: KuboCommand = {
  path: "stats/dht",
  arguments: [{ name: "dht", type: "text", isVariadic: true }],
  run: runDht,
};

type Table = ReturnType<Dht["tables"]>[number];

/** What Kubo calls the tables; as server or client, they are the same. */
const tableNames: Readonly<Record<string, Table["name"]>> = {
  wan: "wan",
  wanserver: "wan",
  lan: "lan",
  lanserver: "lan",
};

interface PeerLine {
  readonly ID: string;
  readonly Connected: boolean;
  readonly AgentVersion: string;
  /** When a peer was useful and asked is not kept; empty, as for one that never was. */
  readonly LastUsefulAt: string;
  readonly LastQueriedAt: string;
}

async function runDht(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host } = await requireNetwork(request);
  const { dht } = host;
  if (dht === undefined) throw new CommandError("routing service is not a DHT");
  const names = request.arguments.length === 0 ? ["wan", "lan"] : request.arguments;
  for (const name of names) {
    const wanted = tableNames[name];
    if (wanted === undefined) throw new AskedWronglyError(`unknown dht type: ${name}`);
    const table = dht.tables().find((one) => one.name === wanted);
    const buckets: (readonly PeerLine[])[] = [];
    for (const { peers } of table?.buckets ?? []) {
      buckets.push(await Promise.all(peers.map((peer) => describe(host, peer, request.signal))));
    }
    const Buckets = buckets.map((Peers) => ({
      LastRefresh: "",
      Peers: Peers.length === 0 ? null : Peers,
    }));
    await output.emit({ Name: name, Buckets }, () => textOf(name, buckets));
  }
}

/** Only of those that are connected: nobody is dialled for it. */
async function describe(
  host: Host,
  { peer, isConnected }: Table["buckets"][number]["peers"][number],
  signal: AbortSignal,
): Promise<PeerLine> {
  const identity = isConnected
    ? await host.identify(peer, { signal }).catch(() => undefined)
    : undefined;
  signal.throwIfAborted();
  const AgentVersion = cleanText(identity?.agentVersion ?? "");
  return { ID: peer, Connected: isConnected, AgentVersion, LastUsefulAt: "", LastQueriedAt: "" };
}

function textOf(name: string, buckets: readonly (readonly PeerLine[])[]): string {
  const count = buckets.reduce((sum, peers) => sum + peers.length, 0);
  const sections = buckets.map((peers, index) => {
    const rows = peers.map((peer) => [
      `  ${peer.Connected ? "@" : " "} ${peer.ID}`,
      "never",
      "never",
      peer.AgentVersion,
    ]);
    const title = `  Bucket ${String(index).padStart(2)} (${peers.length} peers) - refreshed never:\n`;
    return title + tableOf([["    Peer", "last useful", "last queried", "Agent Version"], ...rows]);
  });
  return `DHT ${name} (${count} peers):\n${sections.map((section) => `${section}\n`).join("")}`;
}
