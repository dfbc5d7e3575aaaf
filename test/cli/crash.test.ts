// Goal: what was acknowledged survives kill -9, and nothing half-written is left. Method: adds of several sizes run one
// after the other in several clients until the daemon is killed at a moment that differs from round to round.

import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

import { type BlackBox, fetchBytes, openBlackBox, within } from "#test/black-box";

interface Acknowledged {
  readonly cid: string;
  readonly bytes: Uint8Array;
}

const rounds = 3;

test("everything acknowledged is there after kill -9 in the middle of adds", async () => {
  await using box = openBlackBox();
  expect((await box.run(["init", "--profile", "test"])).code).toBe(0);
  const acknowledged: Acknowledged[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const daemon = await box.start();
    const before = acknowledged.length;
    const enough = Promise.withResolvers<void>();
    const clients = [1_000, 300_000, 5_000_000].map((size) =>
      addUntilKilled(box, { host: daemon.addresses.rest, size }, (added) => {
        acknowledged.push(added);
        if (acknowledged.length >= before + 10 * round) enough.resolve();
      }),
    );
    await within(enough.promise, "acknowledged adds");
    await daemon.stop("SIGKILL");
    await Promise.all(clients);

    const verified = await box.run(["repo", "verify"]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    await expectAll(box, acknowledged);
  }
}, 180_000);

async function addUntilKilled(
  box: BlackBox,
  to: { readonly host: string; readonly size: number },
  tell: (added: Acknowledged) => void,
): Promise<void> {
  for (;;) {
    const bytes = randomBytes(to.size);
    const path = box.path(`input-${to.size}`);
    writeFileSync(path, bytes);
    const { code, stdout } = await box.run(["add", "-Q", "--host", to.host, path]);
    if (code !== 0) return;
    tell({ cid: stdout.trim(), bytes });
  }
}

async function expectAll(box: BlackBox, acknowledged: readonly Acknowledged[]): Promise<void> {
  const daemon = await box.start();
  const { stdout } = await box.run(["status", "--filter", "pinned"]);
  for (const { cid, bytes } of acknowledged) {
    expect(stdout).toContain(`${cid}:`);
    const got = await fetchBytes(`${daemon.addresses.gateway}/ipfs/${cid}`);
    expect(Buffer.compare(got, bytes), cid).toBe(0);
  }
  expect(await box.run(["repo", "verify"])).toMatchObject({ code: 0, stderr: "" });
  expect(await daemon.stop()).toMatchObject({ code: 0 });
}
