import { privateKeyFromProtobuf } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { PrivateKey } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2pOptions } from "libp2p";

import { parseAddress } from "./host-addresses.ts";
import { quietLogger } from "./host-logger.ts";
import { LibHost } from "./host.ts";
import type { HostDeps } from "./open-host.ts";
import { createNoiseCipher } from "./security/noise-cipher.ts";
import { openTls } from "./security/tls.ts";
import { hostTransports } from "./transports/index.ts";
import type { Host, HostOptions } from "./types.ts";

/** What a peer may send on a stream before we have taken it. */
const streamWindowBytes = 1024 * 1024;
/** Streams of one connection at once, in either direction. */
const streamsMax = 1024;

type Encrypters = NonNullable<Libp2pOptions["connectionEncrypters"]>;

export async function startHost(deps: HostDeps, options: HostOptions): Promise<Host> {
  const privateKey = privateKeyFromProtobuf(options.privateKey);
  for (const address of [...options.listen, ...options.announce]) parseAddress(address);
  const libp2p = await createLibp2p({
    privateKey,
    start: false,
    logger: quietLogger(),
    datastore: deps.datastore,
    nodeInfo: { userAgent: options.agentVersion },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: hostTransports(),
    connectionEncrypters: await hostEncrypters(deps, options, privateKey),
    streamMuxers: [
      yamux({
        maxInboundStreams: streamsMax,
        maxOutboundStreams: streamsMax,
        streamOptions: { maxStreamWindowSize: streamWindowBytes },
      }),
    ],
    services: { identify: identify(), ping: ping() },
  });
  await libp2p.start();
  return new LibHost({ libp2p, clock: deps.clock, privateKey });
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
