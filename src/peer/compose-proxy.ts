import { type Handler, openForwarder } from "#http";
import { named } from "#lib";

import type { NodeSide } from "./compose.ts";
import { parseNodeAddress } from "./node-address.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";

/**
 * What answers at the IPFS proxy: our own node without a detour, or the one at `node_multiaddress`. Undefined without a
 * section. @throws {InvalidConfigError}
 */
export function composeProxy(
  { settings }: PeerConfig,
  deps: PeerSeams & { readonly node: NodeSide },
  stack: AsyncDisposableStack,
): Handler | undefined {
  const { ipfsproxy } = settings.api;
  const { rpc } = deps.node.handlers;
  if (ipfsproxy === undefined || rpc !== undefined) return ipfsproxy && rpc;
  const place = "api.ipfsproxy.node_multiaddress";
  const address = parseNodeAddress(ipfsproxy.node_multiaddress, place);
  const target = { ...address, isHttps: ipfsproxy.node_https };
  return stack.use(openForwarder(target, named(deps.logger, "ipfsproxy"))).handle;
}
