// Goal: Kubo knows us and we know Kubo: over TCP and over WebSocket, dialled and dialling, by identify and by ping.
// Method: a real Kubo (seen with 0.44-dev) on the loopback.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import type { Host } from "#net";
import { eventually } from "#test/eventually";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

describe.skipIf(!hasKubo)(`with Kubo${withoutKubo}`, () => {
  let kubo: KuboPeer;
  let host: Host;
  beforeAll(async () => {
    kubo = await openKuboPeer({ listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws"] });
    host = await openTestHost(
      {
        listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws"],
        agentVersion: "pinfold/1.2.3",
      },
      { random: () => 0 },
    );
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await kubo[Symbol.asyncDispose]();
  });

  for (const transport of ["tcp", "ws"] as const) {
    const isOf = (address: string): boolean => address.includes("/ws/") === (transport === "ws");

    test(`we dial Kubo over ${transport}; both tell who they are`, async () => {
      const address = (await kubo.addresses()).find(isOf) ?? "";
      await host.connect(address);
      const identity = await host.identify(kubo.id);
      expect(identity).toMatchObject({ id: kubo.id });
      expect(identity.agentVersion).toStartWith("kubo/");
      expect(identity.protocols).toContain("/ipfs/ping/1.0.0");
      expect(await host.ping(kubo.id)).toBeNumber();

      const told = await eventually(async () => {
        const text = await kubo.ipfs("id", host.id);
        return text.includes("pinfold/1.2.3") && text;
      });
      for (const known of host.addresses()) expect(told).toContain(known);
      expect(told).toContain("/ipfs/id/push/1.0.0");
      expect(await kubo.ipfs("swarm", "peers", "-v")).toContain(host.id);
      await host.disconnect(kubo.id);
    });

    test(`Kubo dials us over ${transport} and pings`, async () => {
      const listen = `/ip4/127.0.0.1/tcp/0${transport === "ws" ? "/ws" : ""}`;
      await using dialled = await openTestHost({ listen: [listen] });
      const [address = ""] = dialled.addresses();
      expect(isOf(address)).toBe(true);
      expect(await kubo.ipfs("swarm", "connect", address)).toContain("success");
      expect(await kubo.ipfs("ping", "-n", "1", dialled.id)).toContain("Average latency");
      expect(dialled.connections()).toMatchObject([{ peer: kubo.id, direction: "inbound" }]);
      await kubo.ipfs("swarm", "disconnect", address);
      await eventually(() => !dialled.isConnected(kubo.id));
    });
  }

  test("a protocol that we gain later is pushed", async () => {
    await host.connect((await kubo.addresses())[0] ?? "");
    const handler = await host.handle(["/test/late/1.0.0"], (stream) => stream.close());
    await eventually(async () => (await kubo.ipfs("id", host.id)).includes("/test/late/1.0.0"));
    await handler[Symbol.asyncDispose]();
    await host.disconnect(kubo.id);
  });

  test("a peer to be kept connected comes back when it has gone, and is never trimmed", async () => {
    const [address = ""] = await kubo.addresses();
    host.peering.add(kubo.id, [address.replace(`/p2p/${kubo.id}`, "")]);
    await eventually(() => host.isConnected(kubo.id));
    expect(host.peering.list()).toMatchObject([{ peer: kubo.id }]);
    await host.disconnect(kubo.id);
    await eventually(() => host.isConnected(kubo.id));
    expect(host.peering.remove(kubo.id)).toBe(true);
    await host.disconnect(kubo.id);
  });

  test("a filtered address is not dialled, not accepted, and cut at once", async () => {
    const [address = ""] = await kubo.addresses();
    await host.connect(address);
    host.filters.add("/ip4/127.0.0.0/ipcidr/8");
    await eventually(() => !host.isConnected(kubo.id));
    await expect(host.connect(address)).rejects.toThrow();
    const ours = host.addresses().find((known) => !known.includes("/ws/")) ?? "";
    await expect(kubo.ipfs("swarm", "connect", ours)).rejects.toThrow();
    expect(host.filters.remove("/ip4/127.0.0.0/ipcidr/8")).toBe(true);
    await host.connect(address);
    expect(host.isConnected(kubo.id)).toBe(true);
  });
});
