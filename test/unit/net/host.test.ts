// Goal: a host does what its interface says, and leaves nothing behind. Method: hosts on the loopback and in memory; a
// process of its own shows that it ends by itself.

import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";

import { MemoryDatastore } from "datastore-core/memory";

import type { Host } from "#net";
import { connectHosts, makeHostKey, openTestHost, waitFor } from "#test/net-host";
import { projectFolder } from "#test/source-files";

const nobody = "/ip4/127.0.0.1/tcp/9/p2p/12D3KooWPYNDGVZmUkU5uxm6xCXEJXsqZPcKSNXvAkHUVTQqTKQU";

function portOf(host: Host): number {
  return Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? "")?.[1]);
}

describe("connections", () => {
  test("two hosts connect, know each other, and part", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost({ agentVersion: "pinfold-test/1.2.3" });
    const [address = ""] = b.addresses();
    expect(address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3Koo/);
    expect(b.listenAddresses()).toEqual([address]);
    const connection = await a.connect(address);
    expect(connection).toMatchObject({
      peer: b.id,
      address: address.replace(`/p2p/${b.id}`, ""),
      direction: "outbound",
      muxer: "/yamux/1.0.0",
      security: "/tls/1.0.0",
      isLimited: false,
    });
    expect(a.isConnected(b.id)).toBe(true);
    expect(await a.identify(b.id)).toMatchObject({
      id: b.id,
      publicKey: b.publicKey,
      agentVersion: "pinfold-test/1.2.3",
      protocolVersion: "ipfs/0.1.0",
      protocols: b.protocols(),
      addresses: [connection.address],
    });
    expect(await a.ping(b.id)).toBeGreaterThan(0);
    await waitFor(() => b.isConnected(a.id));
    expect(await a.disconnect(b.id)).toBe(true);
    expect(await a.disconnect(b.id)).toBe(false);
    expect(a.isConnected(b.id)).toBe(false);
    await waitFor(() => !b.isConnected(a.id));
    expect(await a.knownPeers()).toEqual([{ peer: b.id, addresses: [connection.address] }]);
  });

  test("a bare id connects to an address that is known, and an open connection is enough", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    await a.addAddresses(b.id, [...b.addresses(), "no address", "/ip4/127.0.0.1/tcp/9"]);
    await a.connect(b.id);
    await a.connect(b.addresses()[0] ?? "");
    await a.openStream(b.id, ["/ipfs/ping/1.0.0"]);
    expect(a.connections()).toHaveLength(1);
  });

  test("one connection of several is closed by its address", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    const { address } = await a.connect(b.addresses()[0] ?? "");
    expect(await a.disconnect(`/ip4/127.0.0.2/tcp/1/p2p/${b.id}`)).toBe(false);
    expect(await a.disconnect(`${address}/p2p/${b.id}`)).toBe(true);
  });

  for (const listen of ["/ip4/127.0.0.1/tcp/0/ws", "/memory/pinfold-test-host"]) {
    test(`hosts talk over ${listen}`, async () => {
      await using a = await openTestHost({ listen: [] });
      await using b = await openTestHost({ listen: [listen] });
      await connectHosts(a, b);
      expect(await a.ping(b.id)).toBeGreaterThan(0);
    });
  }

  test("others are told what is announced instead of what is bound", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost({ announce: ["/ip4/203.0.113.7/tcp/4001"] });
    expect(b.addresses()).toEqual([`/ip4/203.0.113.7/tcp/4001/p2p/${b.id}`]);
    expect(b.listenAddresses()[0]).toContain("/ip4/127.0.0.1/tcp/");
    await a.connect(b.listenAddresses()[0] ?? "");
    expect((await a.identify(b.id)).addresses).toEqual(["/ip4/203.0.113.7/tcp/4001"]);
  });

  test("what is no address, nobody's address, and a protocol nobody speaks fail by name", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    for (const target of ["", "nonsense", "/ip4/127.0.0.1/tcp/1", "/ip4/1.2.3/tcp/1/p2p/x"]) {
      await expect(a.connect(target)).rejects.toMatchObject({ code: "INVALID_ADDRESS" });
    }
    await expect(a.connect(nobody)).rejects.toMatchObject({ code: "DIAL_FAILED" });
    await expect(a.connect(b.id)).rejects.toMatchObject({ code: "DIAL_FAILED" });
    await connectHosts(a, b);
    await expect(a.openStream(b.id, ["/nobody/1"])).rejects.toMatchObject({
      code: "PROTOCOL_UNSUPPORTED",
    });
    await expect(
      a.openStream(nobody.split("/p2p/")[1] ?? "", ["/x"], { isConnectedOnly: true }),
    ).rejects.toMatchObject({ code: "DIAL_FAILED" });
  });

  test("an address that is taken, or that no transport knows, is said by name", async () => {
    await using a = await openTestHost();
    const taken = `/ip4/127.0.0.1/tcp/${portOf(a)}`;
    for (const listen of [taken, "/ip4/127.0.0.1/udp/0/quic-v1"]) {
      const opening = openTestHost({ listen: [listen] });
      await expect(opening).rejects.toMatchObject({ code: "HOST_LISTEN_FAILED", kind: "operator" });
      await expect(opening).rejects.toThrow(`cannot listen on ${listen}: `);
    }
  });

  test("whatever waits stops when its signal says so", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    await connectHosts(a, b);
    const signal = AbortSignal.abort(new Error("not now"));
    const waits = [
      () => a.connect(nobody, { signal }),
      () => a.openStream(b.id, ["/ipfs/ping/1.0.0"], { signal }),
      () => a.ping(b.id, { signal }),
      () => a.identify(nobody.split("/p2p/")[1] ?? "", { signal }),
    ];
    for (const wait of waits) await expect(wait()).rejects.toThrow("not now");
    // a listener that accepts and then says nothing
    const silent = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: () => undefined },
    });
    const controller = new AbortController();
    const dialling = a.connect(nobody.replace("/tcp/9/", `/tcp/${silent.port}/`), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await expect(dialling).rejects.toThrow("enough");
    silent.stop(true);
  });
});

describe("protocols", () => {
  test("a handler answers until it is taken away, and others are told", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    await connectHosts(a, b);
    const came: string[] = [];
    const watch = await a.watchPeers(["/test/a/1", "/test/b/1"], {
      onConnect: (peer) => came.push(`+${peer}`),
      onDisconnect: (peer) => came.push(`-${peer}`),
    });
    const handler = await b.handle(["/test/a/1", "/test/b/1"], (stream) => stream.close());
    await waitFor(() => came.length === 1);
    const stream = await a.openStream(b.id, ["/test/unknown/1", "/test/b/1", "/test/a/1"]);
    expect(stream.protocol).toBe("/test/b/1");
    await stream.close();
    await handler[Symbol.asyncDispose]();
    expect(b.protocols()).not.toContain("/test/a/1");
    await waitFor(() => came.length === 2);
    await using _ = await b.handle(["/test/b/1"], (other) => other.close());
    await waitFor(() => came.length === 3);
    await a.disconnect(b.id);
    expect(came).toEqual([`+${b.id}`, `-${b.id}`, `+${b.id}`, `-${b.id}`]);
    await watch[Symbol.asyncDispose]();
  });

  test("a watcher is told at once of peers that are here", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    await b.handle(["/test/here/1"], (stream) => stream.close());
    await connectHosts(a, b);
    await a.identify(b.id);
    const came: string[] = [];
    await using _ = await a.watchPeers(["/test/here/1"], {
      onConnect: (peer) => came.push(peer),
      onDisconnect: () => undefined,
    });
    expect(came).toEqual([b.id]);
  });

  test("bytes are counted, all together and by peer and protocol", async () => {
    await using a = await openTestHost();
    await using b = await openTestHost();
    await b.handle(["/test/count/1"], async (stream) => {
      for await (const _ of stream.chunks()) continue;
      await stream.send(new Uint8Array(1000));
      await stream.close();
    });
    await connectHosts(a, b);
    const stream = await a.openStream(b.id, ["/test/count/1"]);
    await stream.send(new Uint8Array(500_000));
    await stream.closeWrite();
    for await (const _ of stream.chunks()) continue;
    const counted = { bytesIn: 1000, bytesOut: 500_000 };
    expect(a.bandwidth({ protocol: "/test/count/1" })).toMatchObject(counted);
    expect(b.bandwidth({ protocol: "/test/count/1" })).toMatchObject({
      bytesIn: 500_000,
      bytesOut: 1000,
    });
    expect(a.bandwidth({ peer: b.id }).bytesOut).toBeGreaterThan(500_000);
    expect(a.bandwidth().bytesOut).toBeGreaterThanOrEqual(a.bandwidth({ peer: b.id }).bytesOut);
  });
});

describe("over time", () => {
  test("a restart finds peers by their id, without anybody's help", async () => {
    const datastore = new MemoryDatastore();
    const privateKey = await makeHostKey();
    await using b = await openTestHost();
    {
      await using first = await openTestHost({ privateKey }, { datastore });
      await connectHosts(first, b);
      await first.identify(b.id);
    }
    await using second = await openTestHost({ privateKey }, { datastore });
    expect((await second.knownPeers()).map(({ peer }) => peer)).toEqual([b.id]);
    await second.connect(b.id);
  });

  test("a thousand quick connections leave nothing behind", async () => {
    await using host = await openTestHost({}, { handshakeMs: 1000 });
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const socket = connect(portOf(host), "127.0.0.1", () => {
            if (index % 2 === 0) socket.write("\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n");
            if (index % 3 === 0) socket.resetAndDestroy();
            else socket.end();
          });
          socket.resume();
          socket.on("error", () => undefined);
          return new Promise<void>((resolve) => void socket.on("close", () => resolve()));
        }),
      );
    }
    await waitFor(() => host.connections().length === 0);
    await using other = await openTestHost();
    await connectHosts(other, host);
  });

  test("a host that is disposed leaves nothing that keeps its process alive", async () => {
    const support = join(projectFolder, "test", "support", "net-host.ts");
    const program = `
      const { connectHosts, openTestHost } = await import(${JSON.stringify(support)});
      const options = { listen: ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws"], pubsub: true,
        relayClient: true, relayService: true, autonat: true, holePunching: true, upnp: true,
        mdnsIntervalMs: 1000, dht: { mode: "server", validators: [] } };
      const [a, b] = [await openTestHost(options), await openTestHost(options)];
      await connectHosts(a, b);
      const stream = await a.openStream(b.id, ["/ipfs/ping/1.0.0"]);
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
      console.log("disposed");`;
    const child = Bun.spawn([process.execPath, "-e", program], {
      cwd: projectFolder,
      stdout: "pipe",
      stderr: "inherit",
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    expect(await new Response(child.stdout).text()).toBe("disposed\n");
    expect(await child.exited).toBe(0);
    clearTimeout(timer);
  }, 20_000);
});
