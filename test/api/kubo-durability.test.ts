// Goal: an add is acknowledged only after its blocks are durable and its roots are pinned, and never when one of the
// two failed. Method: a node whose writer and pin records note what happens, and fail on demand.

import { describe, expect, test } from "bun:test";

import { kuboHandler, openListener } from "#http";
import type { Ipfs } from "#ipfs";
import { silentLogger, systemClock } from "#lib";
import { files, type KuboAnswer, KuboClient } from "#test/kubo-client";
import { openNodeStack } from "#test/node-stack";
import { makeTempFolder } from "#test/temp-folder";

type Step = "put" | "flush" | "pin" | "close";

/** The node with notes; the named step fails. */
function watched(ipfs: Ipfs, steps: Step[], failing?: Step): Ipfs {
  const note = (step: Step): void => {
    if (steps.at(-1) !== step) steps.push(step);
    if (step === failing) throw new Error(`no ${step}`);
  };
  return {
    ...ipfs,
    pins: {
      get: (cid) => ipfs.pins.get(cid),
      modesOf: (cids) => ipfs.pins.modesOf(cids),
      list: () => ipfs.pins.list(),
      remove: (cid, options) => ipfs.pins.remove(cid, options),
      statusOf: (cid, options) => ipfs.pins.statusOf(cid, options),
      progress: (cid) => ipfs.pins.progress(cid),
      add: async (cid, options) => {
        note("pin");
        await ipfs.pins.add(cid, options);
      },
    },
    openWriter: () => {
      const writer = ipfs.openWriter();
      return {
        put: (cid, bytes) => {
          note("put");
          return writer.put(cid, bytes);
        },
        flush: async () => {
          await writer.flush();
          note("flush");
        },
        [Symbol.asyncDispose]: async () => {
          note("close");
          await writer[Symbol.asyncDispose]();
        },
      };
    },
  };
}

async function addThrough(failing?: Step): Promise<{ steps: Step[]; answer: KuboAnswer }> {
  using folder = makeTempFolder();
  await using node = await openNodeStack(folder.path);
  const steps: Step[] = [];
  const ipfs = watched(node.ipfs, steps, failing);
  const deps = { ipfs, clock: systemClock, logger: silentLogger, ports: [] };
  await using listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "test",
    handler: kuboHandler(deps),
  });
  const answer = await new KuboClient(listener.url).ask("add", files(["a", "a"], ["b", "b"]));
  return { steps, answer };
}

describe("add", () => {
  test("ends after the sync and the pins, and gives up its lease last", async () => {
    const { steps, answer } = await addThrough();
    expect(steps).toEqual(["put", "flush", "pin", "close"]);
    expect(answer.trailer).toBeUndefined();
  });

  for (const failing of ["flush", "pin"] as const) {
    test(`is an error when the ${failing} fails`, async () => {
      const { steps, answer } = await addThrough(failing);
      expect(answer.trailer).toBe(`no ${failing}`);
      expect(steps).toEqual(
        failing === "flush" ? ["put", "flush", "close"] : ["put", "flush", "pin", "close"],
      );
    });
  }
});
