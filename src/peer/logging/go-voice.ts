// The lines of ipfs-cluster-service 1.1.6 that scripts wait for, in its log.

import { type Logger, named } from "#lib";

import type { DaemonVoice } from "../daemon-voice.ts";
import type { Peer, PeerConfig } from "../peer.ts";

/** Tells in the log what the Go program tells there, in its words and order. `version` is the one it is compatible with. */
export function goVoice(logger: Logger, version: string): DaemonVoice {
  const cluster = named(logger, "cluster");
  return {
    onListening: ({ addresses, listeners, libp2pDoors }, { settings }) => {
      const swarm = (addresses.cluster ?? []).map((address) => `        ${address}\n`).join("");
      cluster.info(`IPFS Cluster v${version} listening on:\n${swarm}\n`);
      for (const { component, sentence } of apiLines(listeners, settings)) {
        named(logger, component).info(sentence);
      }
      for (const { name, addresses: places } of libp2pDoors) {
        const section = name === "rest" ? "restapi" : "pinsvcapi";
        const lines = places.map((place) => `        ${place}\n`).join("");
        const sentence = `${section.toUpperCase()} (libp2p-http): ENABLED. Listening on:\n${lines}\n`;
        named(logger, section).info(sentence);
      }
      cluster.info("Cluster Peers (without including ourselves):");
      cluster.info("    - No other peers");
      cluster.info("Waiting for IPFS to be ready...");
    },
    onReady: async (peer) => {
      const id = await ipfsId(peer);
      if (id !== undefined) cluster.info(`IPFS is ready. Peer ID: ${id}`);
      cluster.info("** IPFS Cluster is READY **");
    },
    onStopping: () => cluster.info("shutting down Cluster"),
  };
}

interface Line {
  readonly component: string;
  readonly sentence: string;
}

function apiLines(
  listeners: Peer["listeners"],
  { api: { restapi, pinsvcapi, ipfsproxy } }: PeerConfig["settings"],
): readonly Line[] {
  return listeners.flatMap(({ name, url }): readonly Line[] => {
    const address = multiaddr(url);
    if (name === "rest") {
      return [{ component: "restapi", sentence: `RESTAPI (HTTP${authOf(restapi)}): ${address}` }];
    }
    if (name === "pinsvc") {
      const sentence = `PINSVCAPI (HTTP${authOf(pinsvcapi)}): ${address}`;
      return [{ component: "pinsvcapi", sentence }];
    }
    if (name !== "proxy") return [];
    const sentence = `IPFS Proxy: ${address} -> ${ipfsproxy?.node_multiaddress ?? ""}`;
    return [{ component: "ipfsproxy", sentence }];
  });
}

function authOf(api: { readonly basic_auth_credentials: unknown } | undefined): string {
  const credentials = api?.basic_auth_credentials;
  return credentials === null || credentials === undefined ? "" : " - authenticated";
}

/** `http://127.0.0.1:9094` as `/ip4/127.0.0.1/tcp/9094`, `unix:/path` as `/unix/path`. */
export function multiaddr(url: string): string {
  if (url.startsWith("unix:")) return `/unix${url.slice("unix:".length)}`;
  const { hostname, port, protocol } = new URL(url);
  const number = port === "" ? defaultPorts[protocol] : port;
  if (hostname.startsWith("[")) return `/ip6/${hostname.slice(1, -1)}/tcp/${number}`;
  const kind = /^[\d.]+$/.test(hostname) ? "ip4" : "dns4";
  return `/${kind}/${hostname}/tcp/${number}`;
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** A node that does not answer is told of elsewhere. */
async function ipfsId(peer: Pick<Peer, "ipfsId">): Promise<string | undefined> {
  try {
    return await peer.ipfsId();
  } catch {
    return undefined;
  }
}
