import { randomBytes } from "node:crypto";

import type { Cluster } from "#cluster";
import { type Clock, type Logger, messageOf, named } from "#lib";

import type { NodeSide } from "./compose.ts";
import type { Settings } from "./config/settings.ts";
import { createKuboConnector, type KuboConnector } from "./kubo-connector/kubo-connector.ts";
import { parseNodeAddress } from "./node-address.ts";
import type { PeerSeams } from "./open-peer.ts";

type IpfsHttp = NonNullable<Settings["ipfs_connector"]["ipfshttp"]>;

/** A node elsewhere: none of its surfaces is ours. @throws {InvalidConfigError} */
export function composeKubo(
  settings: IpfsHttp,
  { clock, logger }: PeerSeams,
  stack: AsyncDisposableStack,
): NodeSide {
  const place = "ipfs_connector.ipfshttp.node_multiaddress";
  const log = named(logger, "ipfshttp");
  const connector = stack.use(
    createKuboConnector(
      { clock, logger: log, newBoundary },
      {
        address: parseNodeAddress(settings.node_multiaddress, place),
        requestTimeoutMs: settings.ipfs_request_timeout,
        unpinTimeoutMs: settings.unpin_timeout,
        repoGcTimeoutMs: settings.repogc_timeout,
        isUnpinDisabled: settings.unpin_disable,
      },
    ),
  );
  const deps = { connector, clock, logger: log };
  return {
    connector,
    handlers: {},
    onListening: () => undefined,
    openSwarm: () => Promise.resolve(undefined),
    ready: connector.ready,
    endCalls: () => connector.endCalls(),
    onCluster: (cluster) => {
      const closing = new AbortController();
      stack.defer(() => closing.abort(new Error("closing")));
      recoverOnReturn(cluster, deps, closing.signal);
      void connectSwarms(cluster, deps, { delayMs: settings.connect_swarms_delay, closing });
    },
  };
}

function newBoundary(): string {
  return `pinfold-${randomBytes(16).toString("hex")}`;
}

interface KuboDeps {
  readonly connector: KuboConnector;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What failed because the node was away is tried again as soon as it is there, not only at the next sweep. */
function recoverOnReturn(cluster: Cluster, deps: KuboDeps, signal: AbortSignal): void {
  let running: Promise<void> | undefined;
  const recover = async (): Promise<void> => {
    try {
      for await (const { cid } of cluster.recoverAll({ isLocal: true, signal })) {
        deps.logger.debug("tried a pin again", { cid: cid.toString() });
      }
    } catch (error) {
      if (!signal.aborted) deps.logger.warn("pins could not be tried again", { error });
    } finally {
      running = undefined;
    }
  };
  const onReturn = (): void => {
    if (!signal.aborted) running ??= recover();
  };
  deps.connector.onReturn(onReturn);
}

/** Nodes of one cluster find what they have at each other; done once, and never rejects. */
async function connectSwarms(
  cluster: Cluster,
  { connector, clock, logger }: KuboDeps,
  { delayMs, closing: { signal } }: { readonly delayMs: number; readonly closing: AbortController },
): Promise<void> {
  if (delayMs === 0) return;
  try {
    await connector.ready;
    await clock.sleep(delayMs, signal);
    const own = await cluster.id();
    for await (const peer of cluster.peers()) {
      if (peer.id === own.id || peer.error !== "" || peer.ipfs.error !== "") continue;
      for (const address of peer.ipfs.addresses) {
        await connector.connectSwarm(address, { signal }).catch((cause: unknown) => {
          logger.debug("no connection to another node", { address, reason: messageOf(cause) });
        });
      }
    }
  } catch (cause) {
    if (!signal.aborted) logger.debug("nodes were not connected", { reason: messageOf(cause) });
  }
}
