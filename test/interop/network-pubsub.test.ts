// Goal: gossipsub with Kubo both ways, signed, each message once. Method: a real Kubo with `--enable-pubsub-experiment`
// (seen with 0.44-dev) on the loopback.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import type { PubSub } from "#net";
import { eventually } from "#test/eventually";
import { hasKubo, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";
import { makeTempFolder } from "#test/temp-folder";

setDefaultTimeout(30_000); // another program, on a machine that may be busy

function pubsubOf(host: { readonly pubsub: PubSub | undefined }): PubSub {
  if (host.pubsub === undefined) throw new Error("the host has no pubsub");
  return host.pubsub;
}

describe.skipIf(!hasKubo)(`pubsub${withoutKubo}`, () => {
  test("messages go both ways between Kubo and us", async () => {
    await using kubo = await openKuboPeer({ flags: ["--enable-pubsub-experiment"] });
    await using host = await openTestHost({ pubsub: true });
    await host.connect((await kubo.addresses())[0] ?? "");
    const pubsub = pubsubOf(host);
    const iterator = (await pubsub.subscribe("topic"))[Symbol.asyncIterator]();
    const subscriber = kubo.spawn("pubsub", "sub", "topic");
    await eventually(() => pubsub.peers("topic").includes(kubo.id));
    await eventually(async () => (await kubo.ipfs("pubsub", "peers", "topic")).includes(host.id));

    await pubsub.publish("topic", new TextEncoder().encode("from us;"));
    const ours = await iterator.next();
    expect(ours.value).toMatchObject({ from: host.id, topic: "topic" });
    const reader = subscriber.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("from us;");
    // Kubo drops what overtakes an earlier message of the same author, so one at a time.
    await pubsub.publish("topic", new TextEncoder().encode("again"));
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("again");
    expect((await iterator.next()).value?.from).toBe(host.id);

    using folder = makeTempFolder();
    const file = `${folder.path}/message`;
    await Bun.write(file, "from Kubo");
    await kubo.ipfs("pubsub", "pub", "topic", file);
    const theirs = await iterator.next();
    expect(theirs.value).toMatchObject({ from: kubo.id, topic: "topic" });
    expect(new TextDecoder().decode(theirs.value?.data)).toBe("from Kubo");

    await iterator.return?.();
    expect(pubsub.topics()).toEqual([]);
    await eventually(async () => (await kubo.ipfs("pubsub", "peers", "topic")).trim() === "");
    subscriber.kill();
    await subscriber.exited;
  });
});
