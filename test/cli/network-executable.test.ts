// Goal: a compiled executable far from node_modules opens a host and exchanges data over TLS and Noise: libraries that look
// for addons, for polyfills or for their own files beside them only fail there. Method: a small program over the room `net`,
// compiled as the real one, run in a temp folder, against a host of this process.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { openTestHost } from "#test/net-host";
import { projectFolder } from "#test/source-files";
import { makeTempFolder } from "#test/temp-folder";

const echo = "/test/echo/1";

test("a compiled program talks over TLS and Noise, with all of the network's services", async () => {
  using folder = makeTempFolder();
  const executable = compile(folder.path);
  await using host = await openTestHost();
  await host.handle([echo], async (stream) => {
    for await (const message of stream.messages({ bytesMax: 1 << 22 })) {
      await stream.sendMessage([message]);
    }
    await stream.close();
  });
  const [address = ""] = host.addresses();
  for (const security of ["tls", "noise"]) {
    const child = Bun.spawn([executable, security, address], {
      cwd: folder.path,
      env: { HOME: folder.path },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [text, problems] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect(problems).toBe("");
    expect(text).toBe(`3000000 bytes over ${security === "tls" ? "/tls/1.0.0" : "/noise"}\n`);
    expect(await child.exited).toBe(0);
  }
}, 60_000);

function compile(folder: string): string {
  const support = join(projectFolder, "test", "support", "net-host.ts");
  const source = join(folder, "program.ts");
  writeFileSync(
    source,
    `import { openTestHost } from ${JSON.stringify(support)};
    const [, , security, address] = process.argv;
    const host = await openTestHost({ security: [security], pubsub: true, relayClient: true,
      relayService: true, autonat: true, holePunching: true, dht: { mode: "server", validators: [] } });
    const { peer, security: spoken } = await host.connect(address);
    const stream = await host.openStream(peer, [${JSON.stringify(echo)}]);
    const sent = stream.sendMessage([new Uint8Array(3_000_000).fill(7)]).then(() => stream.closeWrite());
    for await (const message of stream.messages({ bytesMax: 1 << 22 })) {
      console.log(message.filter((byte) => byte === 7).length + " bytes over " + spoken);
    }
    await sent;
    await host[Symbol.asyncDispose]();`,
  );
  const executable = join(folder, "program");
  const script = join(projectFolder, "test", "support", "net-compile.ts");
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, script, source, executable]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return executable;
}
