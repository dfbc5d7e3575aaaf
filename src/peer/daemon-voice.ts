import type { Peer, PeerConfig, RunAddresses } from "./peer.ts";

/** What a program tells of its peer's life. */
export interface DaemonVoice {
  /** Every address answers. */
  onListening(peer: Peer, config: PeerConfig): void;
  /** The IPFS node has answered too. */
  onReady(peer: Pick<Peer, "ipfsId">): Promise<void>;
  onStopping(): void;
}

/** One line per address, and last `ready`. `print` gets a line without its end. */
export function plainVoice(print: (line: string) => void): DaemonVoice {
  return {
    onListening: ({ addresses }) => {
      for (const line of addressLines(addresses)) print(line);
    },
    onReady: () => {
      print("ready");
      return Promise.resolve();
    },
    onStopping: () => undefined,
  };
}

const labels: Readonly<Record<keyof RunAddresses, string>> = {
  rest: "REST API",
  proxy: "IPFS proxy",
  pinsvc: "pinning service",
  rpc: "IPFS RPC",
  gateway: "gateway",
  ui: "web page",
  cluster: "cluster swarm",
  swarm: "IPFS swarm",
};

function addressLines(addresses: RunAddresses): string[] {
  return Object.entries(addresses).flatMap(([name, value]) => {
    const label = Object.entries(labels).find(([key]) => key === name)?.[1] ?? name;
    const all: readonly string[] = typeof value === "string" ? [value] : value;
    return all.map((address) => `${label}: ${address}`);
  });
}
