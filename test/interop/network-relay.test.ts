// Goal: peers reach each other through a relay, whichever of the three is Kubo. Method: on the loopback, with a real Kubo
// (seen with 0.44-dev) as the relay and as the one that dials, and with ours as Kubo's relay.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import type { Host } from "#net";
import { eventually } from "#test/eventually";
import { hasKubo, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

const publicRelay = {
  "Swarm.RelayService": { Enabled: true },
  "Internal.Libp2pForceReachability": "public",
} as const;
const privateClient = { "Internal.Libp2pForceReachability": "private" } as const;

function relayedAddress(host: Host): Promise<string> {
  return eventually(() => host.addresses().find((address) => address.includes("/p2p-circuit")));
}

describe.skipIf(!hasKubo)(`relays${withoutKubo}`, () => {
  test("a slot at a Kubo relay makes us reachable for ours and for Kubo", async () => {
    await using relay = await openKuboPeer({ config: publicRelay });
    await using inner = await openTestHost({ relayClient: true });
    const [address = ""] = await relay.addresses();
    await inner.connect(address);
    const through = await relayedAddress(inner);
    expect(through).toBe(`${address}/p2p-circuit/p2p/${inner.id}`);

    await using outer = await openTestHost({ relayClient: true });
    const connection = await outer.connect(through);
    expect(connection).toMatchObject({ peer: inner.id, isLimited: true });
    expect(await outer.ping(inner.id)).toBeNumber();

    await using kubo = await openKuboPeer({ config: privateClient });
    expect(await kubo.ipfs("swarm", "connect", through)).toContain("success");
    expect(await kubo.ipfs("swarm", "peers")).toContain(through);
    await eventually(() => inner.isConnected(kubo.id));
  });

  test("Kubo is reachable through a slot at our relay", async () => {
    await using relay = await openTestHost({ relayService: true });
    const [address = ""] = relay.addresses();
    await using kubo = await openKuboPeer({
      config: { ...privateClient, "Swarm.RelayClient": { Enabled: true, StaticRelays: [address] } },
    });
    await using outer = await openTestHost({ relayClient: true });
    const target = `${address}/p2p-circuit/p2p/${kubo.id}`;
    const connection = await eventually(() =>
      outer.connect(target).then(
        (info) => info,
        () => undefined, // it has no slot yet
      ),
    );
    expect(connection.isLimited).toBe(true);
    expect(await outer.ping(kubo.id)).toBeNumber();
  });
});

test("without the service nobody gets a slot", async () => {
  await using plain = await openTestHost();
  expect(plain.protocols()).not.toContain("/libp2p/circuit/relay/0.2.0/hop");
});

test("a slot ends with the peer that held it", async () => {
  await using relay = await openTestHost({ relayService: true });
  await using outer = await openTestHost({ relayClient: true });
  const inner = await openTestHost({ relayClient: true });
  await inner.connect(relay.addresses()[0] ?? "");
  const through = await relayedAddress(inner);
  await outer.connect(through);
  await inner[Symbol.asyncDispose]();
  await eventually(() => !relay.isConnected(inner.id) && !outer.isConnected(inner.id));
  await expect(outer.connect(through)).rejects.toThrow("failed to dial");
});

test("an address through a relay is withdrawn when the relay has gone", async () => {
  const relay = await openTestHost({ relayService: true });
  await using inner = await openTestHost({ relayClient: true });
  await inner.connect(relay.addresses()[0] ?? "");
  await relayedAddress(inner);
  await relay[Symbol.asyncDispose]();
  await eventually(() => !inner.addresses().some((known) => known.includes("/p2p-circuit")));
});
