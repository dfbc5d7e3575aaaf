import type { Peer } from "../../src/peer/peer.ts";
import { eventually } from "./eventually.ts";
import { freePorts } from "./free-ports.ts";
import { openKuboPeer } from "./kubo-peer.ts";
import { openTestPeer } from "./test-peer.ts";

/** A real Kubo whose RPC has a port that stays, so that it can go and come back. */
export interface RestartableKubo extends AsyncDisposable {
  readonly port: number;
  readonly id: string;
  ipfs(...args: string[]): Promise<string>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function openRestartableKubo(): Promise<RestartableKubo> {
  const port = await freePorts(1);
  const api = `/ip4/127.0.0.1/tcp/${port}`;
  const kubo = await openKuboPeer({ config: { "Addresses.API": api } });
  let daemon: Bun.Subprocess | undefined;
  const isThere = async (): Promise<boolean> => {
    const url = `http://127.0.0.1:${port}/api/v0/version`;
    return fetch(url, { method: "POST" }).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await eventually(isThere);
  return {
    port,
    id: kubo.id,
    ipfs: (...args) => kubo.ipfs(...args),
    stop: async () => {
      await kubo.ipfs("shutdown");
      await daemon?.exited;
      await eventually(async () => !(await isThere()));
    },
    start: async () => {
      daemon = kubo.spawn("daemon", "--enable-gc=false");
      await eventually(isThere);
    },
    [Symbol.asyncDispose]: async () => {
      daemon?.kill("SIGKILL");
      await daemon?.exited;
      await kubo[Symbol.asyncDispose]();
    },
  };
}

/** Opens a peer in this process whose IPFS node is the Kubo at that port. `more` is laid over its sections of `api`. */
export async function openPeerOverKubo(
  rpcPort: number,
  stack: AsyncDisposableStack,
  more: { readonly restapi?: object } = {},
): Promise<Peer> {
  const node = `/ip4/127.0.0.1/tcp/${rpcPort}`;
  const any = "/ip4/127.0.0.1/tcp/0";
  return openTestPeer(
    {
      cluster: { peername: "ours", listen_multiaddress: [any], mdns_interval: "0s" },
      ipfs_connector: { ipfshttp: { node_multiaddress: node, connect_swarms_delay: "0s" } },
      api: {
        restapi: { http_listen_multiaddress: any, ...more.restapi },
        ipfsproxy: { listen_multiaddress: any, node_multiaddress: node },
      },
    },
    stack,
  );
}
