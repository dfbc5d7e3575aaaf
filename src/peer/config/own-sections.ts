// The sections of service.json that are Pinfold's own. A key that is not here is an error.

import { z } from "zod";

import {
  addresses,
  choice,
  count,
  duration,
  flag,
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
  storage_max: optionalSize("", "Space for blocks; empty: what is free, less 10 %."),
});

const publicGateway = z.looseObject({}).nullable();

export const gatewaySection = z.strictObject({
  listen_multiaddress: listen("/ip4/127.0.0.1/tcp/8080", "Where the gateway listens; empty: off."),
  public_gateways: shaped(
    z.record(z.string(), publicGateway),
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
