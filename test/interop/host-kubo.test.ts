// Goal: Kubo and we secure connections with each other whoever dials, with TLS and with Noise, in public and in a private
// network. Method: a real Kubo (seen with 0.44-dev) and hosts that offer one security only.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { HostOptions } from "#net";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

const presharedKey = Uint8Array.from({ length: 32 }, (_, index) => index);
const swarmKey = `/key/swarm/psk/1.0.0/\n/base16/\n${Buffer.from(presharedKey).toString("hex")}\n`;
const securities = [
  ["tls", "/tls/1.0.0"],
  ["noise", "/noise"],
] as const;

/** A host that offers one security dials Kubo and is dialled by it. */
async function meets(kubo: KuboPeer, options: Partial<HostOptions>, protocol: string) {
  await using host = await openTestHost(options);
  const [address = ""] = await kubo.addresses();
  const ways = [
    ["outbound", () => host.connect(address)],
    ["inbound", () => kubo.ipfs("swarm", "connect", host.addresses()[0] ?? "")],
  ] as const;
  for (const [direction, connect] of ways) {
    await connect();
    expect(host.connections()).toMatchObject([
      { peer: kubo.id, direction, security: protocol, muxer: "/yamux/1.0.0" },
    ]);
    expect(await host.ping(kubo.id)).toBeGreaterThan(0);
    expect((await host.identify(kubo.id)).agentVersion).toStartWith("kubo/");
    await host.disconnect(kubo.id);
  }
}

describe.skipIf(!hasKubo)(`with Kubo${withoutKubo}`, () => {
  let kubo: KuboPeer;
  beforeAll(async () => {
    kubo = await openKuboPeer();
  });
  afterAll(() => kubo[Symbol.asyncDispose]());

  for (const [security, protocol] of securities) {
    test(`we meet over ${security}, whoever dials`, () =>
      meets(kubo, { security: [security] }, protocol));
  }
});

describe.skipIf(!hasKubo)(`with Kubo in a private network${withoutKubo}`, () => {
  let kubo: KuboPeer;
  let folder: TempFolder;
  beforeAll(async () => {
    folder = makeTempFolder();
    const file = join(folder.path, "swarm.key");
    writeFileSync(file, swarmKey);
    kubo = await openKuboPeer({
      launcher: ["sh", "-c", `cp '${file}' "$IPFS_PATH/swarm.key"; exec "$@"`, "sh"],
    });
  });
  afterAll(async () => {
    await kubo[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  for (const [security, protocol] of securities) {
    test(`we meet over ${security}, whoever dials`, () =>
      meets(kubo, { security: [security], presharedKey }, protocol));
  }

  test("a host without the network's key does not get in", async () => {
    await using host = await openTestHost();
    const [address = ""] = await kubo.addresses();
    const signal = AbortSignal.timeout(1500);
    await expect(host.connect(address, { signal })).rejects.toThrow();
    expect(host.connections()).toEqual([]);
  });
});
