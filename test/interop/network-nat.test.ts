// Goal: hosts behind home routers reach each other through a relay on the public side, and directly where a router forwards
// a port. Method: network namespaces with nftables' address translation, each host a process. Without root, iproute2 or
// nftables the tests are skipped, visibly.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { eventually } from "#test/eventually";
import { netnsProblem, openHomeNetwork } from "#test/netns";
import { openRemoteHost } from "#test/netns-host";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

const problem = await netnsProblem();
const why = problem === undefined ? "" : ` (skipped: ${problem})`;
const port = 4001;
const home = {
  listen: [`/ip4/0.0.0.0/tcp/${port}`],
  relayClient: true,
  holePunching: true,
  autonat: true,
} as const;

describe.skipIf(problem !== undefined)(`behind NAT${why}`, () => {
  test("two homes meet at a relay; the relay learns that it is public, they are not", async () => {
    await using network = await openHomeNetwork({ servers: 1, homes: 2 });
    const [server, left, right] = [...network.servers, ...network.homes];
    if (server === undefined || left === undefined || right === undefined)
      throw new Error("the network is not whole");
    await using relay = await openRemoteHost(server, {
      listen: [`/ip4/${server.ip}/tcp/${port}`],
      relayService: true,
      autonat: true,
    });
    await using one = await openRemoteHost(left, home);
    await using other = await openRemoteHost(right, home);
    const relayAddress = `/ip4/${server.ip}/tcp/${port}/p2p/${relay.id}`;
    for (const host of [one, other]) expect(await host.connect(relayAddress)).toBeUndefined();
    const through = await eventually(async () =>
      (await other.state()).addresses.find((address) => address.includes("/p2p-circuit")),
    );
    expect(through).toBe(`${relayAddress}/p2p-circuit/p2p/${other.id}`);
    const router = network.routers[1] ?? "";
    expect(await one.connect(`/ip4/${router}/tcp/${port}/p2p/${other.id}`)).toBeString();

    expect(await one.connect(through)).toBeUndefined();
    expect((await one.state()).connections).toContainEqual(
      expect.objectContaining({ peer: other.id, isLimited: true }),
    );
    await eventually(async () => (await relay.state()).reachability.status === "public");
    expect((await one.state()).reachability.status).not.toBe("public");
  });

  test("a relayed connection becomes direct when one side can be dialled", async () => {
    await using network = await openHomeNetwork({ servers: 1, homes: 2, forwardedPort: port });
    const [server, left, right] = [...network.servers, ...network.homes];
    if (server === undefined || left === undefined || right === undefined)
      throw new Error("the network is not whole");
    await using relay = await openRemoteHost(server, {
      listen: [`/ip4/${server.ip}/tcp/${port}`],
      relayService: true,
    });
    await using one = await openRemoteHost(left, {
      ...home,
      announce: [`/ip4/${network.routers[0]}/tcp/${port}`],
    });
    await using other = await openRemoteHost(right, home);
    const relayAddress = `/ip4/${server.ip}/tcp/${port}/p2p/${relay.id}`;
    for (const host of [one, other]) await host.connect(relayAddress);
    const through = await eventually(async () =>
      (await other.state()).addresses.find((address) => address.includes("/p2p-circuit")),
    );
    expect(await one.connect(through)).toBeUndefined();
    await eventually(async () =>
      (await other.state()).connections.some(
        ({ peer, isLimited }) => peer === one.id && !isLimited,
      ),
    );
  });

  test("four peers that see the same address make it a candidate, with the port that we listen on", async () => {
    await using network = await openHomeNetwork({ servers: 4, homes: 1 });
    await using stack = new AsyncDisposableStack();
    const [left] = network.homes;
    if (left === undefined) throw new Error("the network is not whole");
    const host = stack.use(await openRemoteHost(left, { ...home, relayClient: false }));
    const candidate = `/ip4/${network.routers[0]}/tcp/${port}`;
    for (const server of network.servers) {
      expect((await host.state()).reachability.unknown).not.toContain(candidate);
      const listen = [`/ip4/${server.ip}/tcp/${port}`];
      const remote = stack.use(await openRemoteHost(server, { listen }));
      expect(await host.connect(`${listen[0]}/p2p/${remote.id}`)).toBeUndefined();
    }
    await eventually(async () => (await host.state()).reachability.unknown.includes(candidate));
  });
});
