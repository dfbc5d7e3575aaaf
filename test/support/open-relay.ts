import { circuitRelayServer } from "@libp2p/circuit-relay-v2";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";

import { systemClock } from "#lib";

import { openTls } from "../../src/net/security/tls.ts";

/**
 * A relay whose connections have no limits. Kubo cannot be one: its settings change the limits' numbers, and whoever is told
 * of any limit takes the connection for a limited one.
 */
export interface OpenRelay extends AsyncDisposable {
  /** With /p2p. */
  readonly address: string;
}

export async function openRelay(): Promise<OpenRelay> {
  const privateKey = await generateKeyPair("Ed25519");
  const libp2p = await createLibp2p({
    privateKey,
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [await openTls({ clock: systemClock, privateKey })],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      relay: circuitRelayServer({ reservations: { applyDefaultLimit: false } }),
    },
  });
  return {
    address: libp2p.getMultiaddrs()[0]?.toString() ?? "",
    [Symbol.asyncDispose]: async () => {
      await libp2p.stop();
    },
  };
}
