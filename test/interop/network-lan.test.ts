// Goal: peers on the same network find each other by mDNS, ours and Kubo's. Method: hosts on all interfaces of this machine
// and a real Kubo (seen with 0.44-dev). Where multicast does not work or the machine has only a loopback, it is skipped, visibly.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";

import { eventually } from "#test/eventually";
import { hasKubo, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

const problem = await multicastProblem();
const why = problem === undefined ? "" : ` (skipped: ${problem})`;
const everywhere = { listen: ["/ip4/0.0.0.0/tcp/0"] } as const;

describe.skipIf(problem !== undefined)(`the local network${why}`, () => {
  test("two of ours find each other, and not those of another service", async () => {
    const lan = { ...everywhere, mdnsIntervalMs: 500, mdnsService: "_pinfold-test._udp.local" };
    await using one = await openTestHost(lan);
    await using other = await openTestHost(lan);
    await using stranger = await openTestHost({ ...lan, mdnsService: "_pinfold-other._udp.local" });
    await eventually(() => one.isConnected(other.id) && other.isConnected(one.id));
    expect(stranger.connections()).toEqual([]);
  });

  test.skipIf(!hasKubo)(
    `ours and Kubo find each other${withoutKubo}`,
    async () => {
      await using host = await openTestHost({ ...everywhere, mdnsIntervalMs: 1_000 });
      await using kubo = await openKuboPeer({
        listen: ["/ip4/0.0.0.0/tcp/0"],
        config: { "Discovery.MDNS.Enabled": true },
      });
      await eventually(() => host.isConnected(kubo.id));
      expect(await kubo.ipfs("swarm", "peers")).toContain(host.id);
    },
    30_000,
  );
});

async function multicastProblem(): Promise<string | undefined> {
  const others = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
  );
  if (others.length === 0) return "no network besides the loopback";
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    return await new Promise((resolve) => {
      socket.on("error", ({ message }) => resolve(message));
      socket.on("message", () => resolve(undefined));
      socket.bind(0, () => {
        socket.addMembership("224.0.0.251");
        socket.setMulticastLoopback(true);
        socket.send("probe", socket.address().port, "224.0.0.251");
      });
      setTimeout(() => resolve("multicast does not come back"), 1_000).unref();
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    socket.close();
  }
}
