import { generateKeyPair } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { Libp2p } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";

import { silentLogger, systemClock } from "#lib";

import { type AttachedDht, dhtServices } from "../../src/net/dht/index.ts";
import { openTls } from "../../src/net/security/tls.ts";
import type { DhtOptions, ResourceProfile } from "../../src/net/types.ts";

export interface DhtNode extends AsyncDisposable {
  readonly libp2p: Libp2p;
  readonly dht: AttachedDht;
  readonly id: string;
  /** With /p2p. */
  readonly addresses: readonly string[];
  connect(address: string): Promise<void>;
}

/** libp2p on loopback with nothing but identify and the DHT. */
export async function openDhtNode(
  options: Partial<DhtOptions> & { readonly profile?: ResourceProfile } = {},
): Promise<DhtNode> {
  const { profile = "default", ...dhtOptions } = options;
  const made = dhtServices(
    { mode: "auto", validators: [], ...dhtOptions },
    {
      clock: systemClock,
      log: silentLogger,
      profile,
      randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
    },
  );
  const privateKey = await generateKeyPair("Ed25519");
  const libp2p = await createLibp2p({
    privateKey,
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [await openTls({ clock: systemClock, privateKey })],
    streamMuxers: [yamux()],
    // all nodes of a test come from one address
    connectionManager: { inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 100 },
    services: { identify: identify(), ...made.services },
  });
  const dht = made.attach(libp2p);
  return {
    libp2p,
    dht,
    id: libp2p.peerId.toString(),
    get addresses() {
      return libp2p.getMultiaddrs().map((address) => address.toString());
    },
    connect: async (address) => {
      await libp2p.dial(multiaddr(address));
    },
    [Symbol.asyncDispose]: async () => {
      await dht[Symbol.asyncDispose]();
      await libp2p.stop();
    },
  };
}
