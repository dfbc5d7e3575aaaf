import { randomBytes } from "node:crypto";

import { privateKeyFromProtobuf } from "@libp2p/crypto/keys";
import type { Libp2p, PrivateKey } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2pOptions } from "libp2p";

import type { DhtServices } from "./dht/index.ts";
import { ListenError } from "./errors.ts";
import { parseAddress } from "./host-addresses.ts";
import { quietLogger } from "./host-logger.ts";
import { type KeptPeers, openKeptPeers } from "./host-peers-kept.ts";
import { resetUnfinished } from "./host-streams.ts";
import { LibHost } from "./host.ts";
import type { HostDeps } from "./open-host.ts";
import { createNoiseCipher } from "./security/noise-cipher.ts";
import { privateNetwork } from "./security/private-network.ts";
import { openTls } from "./security/tls.ts";
import { type HostServices, hostServices } from "./services/index.ts";
import type { Libp2pParts } from "./services/libp2p-parts.ts";
import { countingMuxer } from "./streams/received-memory.ts";
import { watchStreams } from "./streams/watch-streams.ts";
import { hostTransports } from "./transports/index.ts";
import type { Host, HostOptions } from "./types.ts";

/** What a peer may send on a stream before we have taken it. */
const streamWindowBytes = 1024 * 1024;
/** Streams of one connection at once, in either direction. */
const streamsMax = 1024;
/** A peer that has not finished its handshake or chosen a protocol by then is disconnected. */
const handshakeMs = 10_000;

type Encrypters = NonNullable<Libp2pOptions["connectionEncrypters"]>;

interface Plan {
  readonly options: HostOptions;
  readonly deps: HostDeps;
  readonly privateKey: PrivateKey;
  readonly services: HostServices;
  readonly dht: DhtServices | undefined;
  readonly peers: KeptPeers;
}

export async function startHost(deps: HostDeps, options: HostOptions): Promise<Host> {
  for (const address of [...options.listen, ...options.announce]) parseAddress(address);
  await using stack = new AsyncDisposableStack();
  const privateKey = privateKeyFromProtobuf(options.privateKey);
  const services = hostServices(options, {
    log: deps.logger,
    clock: deps.clock,
    ...(deps.random && { random: deps.random }),
  });
  const dht = await openDht(deps, options);
  const peers = stack.use(await openKeptPeers(deps, options.profile));
  const { libp2p, components } = await makeLibp2p({
    options,
    deps,
    privateKey,
    services,
    dht,
    peers,
  });
  stack.defer(() => {
    libp2p.getConnections().forEach(resetUnfinished);
    return libp2p.stop();
  });
  try {
    await libp2p.start();
  } catch (thrown) {
    throw new ListenError(options.listen, thrown);
  }
  const host = new LibHost({
    libp2p,
    clock: deps.clock,
    privateKey,
    components,
    dht: dht && stack.use(dht.attach(libp2p)),
  });
  host.attach(stack.use(services.attach(libp2p, host)), stack.move());
  return host;
}

/** The DHT is a third of what a host loads. */
async function openDht(deps: HostDeps, options: HostOptions): Promise<DhtServices | undefined> {
  if (options.dht === undefined) return undefined;
  const { dhtServices } = await import("./dht/index.ts");
  return dhtServices(options.dht, {
    clock: deps.clock,
    log: deps.logger,
    profile: options.profile,
    randomBytes: (n) => Uint8Array.from(randomBytes(n)),
  });
}

async function makeLibp2p(plan: Plan): Promise<{ libp2p: Libp2p; components: Libp2pParts }> {
  const { options, deps, privateKey, services, dht, peers } = plan;
  const { pieces, meter } = services;
  const seen: { components?: Libp2pParts } = {};
  const muxer = yamux({
    maxInboundStreams: streamsMax,
    maxOutboundStreams: streamsMax,
    streamOptions: { maxStreamWindowSize: streamWindowBytes },
  });
  const libp2p = await createLibp2p({
    privateKey,
    start: false,
    logger: quietLogger(),
    datastore: deps.datastore,
    nodeInfo: pieces.nodeInfo,
    addresses: {
      listen: [...options.listen, ...pieces.listen],
      announce: [...options.announce],
    },
    transports: [...hostTransports(), ...pieces.transports],
    connectionEncrypters: await hostEncrypters(deps, options, privateKey),
    ...(options.presharedKey && protectedBy(options.presharedKey)),
    streamMuxers: [
      (components) => {
        // made before anything looks at the peer store
        seen.components = components;
        components.peerStore = peers.makeStore(components);
        return countingMuxer(muxer());
      },
    ],
    peerDiscovery: pieces.peerDiscovery,
    connectionManager: {
      ...pieces.connectionManager,
      inboundUpgradeTimeout: deps.handshakeMs ?? handshakeMs,
      inboundStreamProtocolNegotiationTimeout: handshakeMs,
      outboundStreamProtocolNegotiationTimeout: handshakeMs,
    },
    connectionMonitor: pieces.connectionMonitor,
    connectionGater: pieces.connectionGater,
    transportManager: pieces.transportManager,
    services: {
      traffic: ({ registrar }) => {
        watchStreams(registrar, (peer, protocol) => meter.stream(peer, protocol));
        return {};
      },
      ...pieces.services,
      ...dht?.services,
    },
  });
  if (seen.components === undefined) throw new Error("libp2p did not make its muxer");
  libp2p.peerStore = seen.components.peerStore;
  return { libp2p, components: seen.components };
}

function protectedBy(key: Uint8Array): Pick<Libp2pOptions, "connectionProtector"> {
  const protector = privateNetwork(key);
  return { connectionProtector: () => protector };
}

/** In the order in which they are offered. */
async function hostEncrypters(
  deps: HostDeps,
  options: HostOptions,
  privateKey: PrivateKey,
): Promise<Encrypters> {
  const encrypters: Encrypters = [];
  for (const name of options.security) {
    if (name === "tls") encrypters.push(await openTls({ clock: deps.clock, privateKey }));
    else encrypters.push(noise({ crypto: createNoiseCipher() }));
  }
  return encrypters;
}
