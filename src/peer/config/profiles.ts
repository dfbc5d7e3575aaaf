import { UnknownProfileError } from "../errors.ts";
import { type Document, withValue } from "./document.ts";

type Change = readonly [place: string, value: unknown];

const anyPort = "/ip4/127.0.0.1/tcp/0";

/** What a new configuration may be shaped by. Places are paths in service.json. */
const profiles: Readonly<Record<string, readonly Change[]>> = {
  /** A small computer: little memory, few connections. */
  pi: [
    ["cluster.connection_manager.high_water", 60],
    ["cluster.connection_manager.low_water", 20],
    ["ipfs.connection_manager.high_water", 40],
    ["ipfs.connection_manager.low_water", 15],
    ["ipfs.resource_profile", "pi"],
    ["pin_tracker.stateless.concurrent_pins", 3],
    ["store.index_cache_size", "8MiB"],
    ["store.hot_blocks", "2MiB"],
    ["store.write_window", "8MiB"],
  ],
  /** A machine with a public address: nothing on the local network, more of everything. */
  server: [
    ["cluster.mdns_interval", "0s"],
    ["ipfs.mdns_interval", "0s"],
    ["ipfs.connection_manager.high_water", 400],
    ["ipfs.connection_manager.low_water", 150],
    ["ipfs.resource_profile", "server"],
    ["pin_tracker.stateless.concurrent_pins", 20],
    ["store.index_cache_size", "128MiB"],
  ],
  /** Many peers on one machine, none of them on any network. */
  test: [
    ["cluster.listen_multiaddress", anyPort],
    ["cluster.mdns_interval", "0s"],
    ["api.restapi.http_listen_multiaddress", anyPort],
    ["api.ipfsproxy.listen_multiaddress", anyPort],
    ["api.pinsvcapi.http_listen_multiaddress", anyPort],
    ["ipfs.rpc_listen_multiaddress", anyPort],
    ["ipfs.swarm_listen_multiaddress", anyPort],
    ["ipfs.bootstrap", []],
    ["ipfs.mdns_interval", "0s"],
    ["ipfs.announce", false],
    ["ipfs.nat.upnp", false],
    ["ipfs.routing.delegated_routers", []],
    ["ipfs.dns.resolvers", {}],
    ["ipfs.storage_max", "10GB"],
    ["gateway.listen_multiaddress", anyPort],
  ],
};

const profileNames: readonly string[] = Object.keys(profiles);

/** @throws {UnknownProfileError} */
export function applyProfile(document: Document, profile: string): Document {
  const changes = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  if (changes === undefined) throw new UnknownProfileError(profile, profileNames);
  let result = document;
  for (const [place, value] of changes) result = withValue(result, place.split("."), value);
  return result;
}
