// The sections of service.json that are Pinfold's own. A key that is not here is an error.

import { z } from "zod";

import {
  addresses,
  choice,
  count,
  duration,
  flag,
  interval,
  list,
  listen,
  number,
  optionalSize,
  shaped,
  size,
} from "./leaf.ts";

export const ipfsSection = z.strictObject({
  rpc_listen_multiaddress: listen("/ip4/127.0.0.1/tcp/5001", "Kubo's RPC; empty: off."),
  swarm_listen_multiaddress: addresses(
    ["/ip4/0.0.0.0/tcp/4001", "/ip6/::/tcp/4001"],
    "Where the IPFS swarm listens.",
  ),
  bootstrap: list(["auto"], "Peers of the IPFS swarm to begin with; `auto`: the public ones."),
  mdns_interval: duration("10s", "Look for nodes on the local network; 0: do not."),
  announce: flag(true, "Tell the IPFS network what is here."),
  connection_manager: z
    .strictObject({
      high_water: count(96, "Connections from which on some are closed."),
      low_water: count(32, "Connections that are left then."),
    })
    .prefault({}),
  announce_addresses: addresses(
    [],
    "Told to others instead of what is bound; empty: what is bound.",
  ),
  peering: addresses([], "Peers to keep connected, each a multiaddr that ends in /p2p/ID."),
  resource_profile: choice(
    ["auto", "pi", "default", "server"],
    "auto",
    "Bounds on connections, dials and memory of the network; `auto`: by the memory of the machine.",
  ),
  routing: z
    .strictObject({
      type: choice(
        ["auto", "dht", "dhtclient", "dhtserver", "delegated", "none"],
        "auto",
        "How providers and peers are found; `auto`: the DHT, as server when we can be reached, and the delegated routers.",
      ),
      delegated_routers: list(
        ["auto"],
        "URLs of routers that speak /routing/v1; `auto`: a public one.",
      ),
    })
    .prefault({}),
  provide: z
    .strictObject({
      strategy: choice(
        ["roots", "pinned", "all", "none"],
        "roots",
        "What is announced: roots of pins, every block of pins, or every block here.",
      ),
      interval: duration("22h", "A sweep over all of it takes this long; 0: only what is new."),
    })
    .prefault({}),
  retrieval: z
    .strictObject({
      http_gateways: list([], "Trustless gateways to fetch from, as https://example.org."),
      timeout: interval("30s", "The gateway answers 504 when nothing has come for this long."),
    })
    .prefault({}),
  ipns: z
    .strictObject({
      record_lifetime: interval("48h", "How long a published name is valid."),
      republish_period: duration("4h", "Names are published again after this long; 0: never."),
      resolve_cache_size: count(128, "Names whose answers are remembered."),
    })
    .prefault({}),
  dns: z
    .strictObject({
      resolvers: shaped(
        z.record(z.string(), z.string()),
        "names and values",
        { "eth.": "https://dns.eth.limo/dns-query" },
        "DNS over HTTPS by domain, `.` for all others, as Kubo's DNS.Resolvers; without one the system's resolver is asked.",
      ),
    })
    .prefault({}),
  nat: z
    .strictObject({
      upnp: flag(true, "Ask the router to forward a port."),
      autonat: flag(true, "Find out by other peers whether we can be reached."),
      relay_client: flag(true, "Be reached through relays while there is no other way."),
      relay_service: flag(false, "Relay for others, within limits."),
      hole_punching: flag(true, "Turn relayed connections into direct ones."),
    })
    .prefault({}),
  pubsub: flag(true, "gossipsub."),
  storage_max: optionalSize("", "Space for blocks; empty: what is free, less 10 %."),
});

const publicGateway = z.looseObject({}).nullable();

export const gatewaySection = z.strictObject({
  listen_multiaddress: listen("/ip4/127.0.0.1/tcp/8080", "Where the gateway listens; empty: off."),
  public_gateways: shaped(
    z.record(z.string(), publicGateway),
    "hosts and rules",
    {},
    "Hosts with rules of their own, as Kubo's Gateway.PublicGateways.",
  ),
});

export const uiSection = z.strictObject({
  enabled: flag(true, "Serve the page at /ui/ of the REST listener."),
});

export const storeSection = z.strictObject({
  engine: choice(["log", "level"], "log", "`log`: CAR segments; `level`: LevelDB alone."),
  segment_size: size("512MiB", "Size from which on a new segment is begun; at most 4 GiB."),
  compaction_threshold: number(0.5, "Live share under which a segment is rewritten."),
  write_window: size("16MiB", "Accepted bytes that wait for the disk at most."),
  sync_every: size("32MiB", "Bytes of a stream of blocks between two syncs."),
  index_every_blocks: count(4096, "Durable blocks between two writes of the index."),
  hot_blocks: size("8MiB", "Memory for small blocks that were read lately."),
  index_cache_size: size("32MiB", "Memory for LevelDB's cache."),
  open_segments_max: count(64, "Segments open at once."),
  reserve: size("64MiB", "Free space that blocks leave to everything else."),
});
