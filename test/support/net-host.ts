import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { MemoryDatastore } from "datastore-core/memory";

import { silentLogger, systemClock } from "#lib";
import { type Host, type HostDeps, type HostOptions, openHost, quietHost } from "#net";

/** A key for a host. */
export async function makeHostKey(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair("Ed25519"));
}

/** Options of a host on the loopback that looks for nobody. */
export async function hostOptions(options: Partial<HostOptions> = {}): Promise<HostOptions> {
  return {
    ...quietHost,
    privateKey: options.privateKey ?? (await makeHostKey()),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    agentVersion: "pinfold-test/0.0.0",
    security: ["tls", "noise"],
    highWater: 96,
    lowWater: 32,
    profile: "default",
    ...options,
  };
}

/** A host for a test: listens on the loopback, remembers in memory. */
export async function openTestHost(
  options: Partial<HostOptions> = {},
  deps: Partial<HostDeps> = {},
): Promise<Host> {
  return openHost(
    {
      datastore: new MemoryDatastore(),
      clock: systemClock,
      logger: silentLogger,
      ...deps,
    },
    await hostOptions(options),
  );
}

/** Opens a connection from one host to another. */
export async function connectHosts(from: Host, to: Host): Promise<void> {
  const [address] = to.addresses();
  if (address === undefined) throw new Error("the other host does not listen");
  await from.connect(address);
}

/** Waits for what will be soon, looking again and again. */
export async function waitFor(condition: () => boolean, withinMs = 8000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end)
      throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await Bun.sleep(5);
  }
}
