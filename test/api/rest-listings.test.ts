// Goal: a listing is read from the pinset only as fast as its client reads it, and no further once the client is gone.
// Method: a pinset that counts what is asked of it behind the REST surface, and a raw socket as a client that dawdles.

import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";

import type { Adder, Cluster } from "#cluster";
import { defaultRestConfig, openListener, restHandler } from "#http";
import { silentLogger, systemClock } from "#lib";
import { type GlobalPinInfo, parseCid } from "#model";
import { eventually } from "#test/eventually";
import { openNodeStack } from "#test/node-stack";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder } from "#test/temp-folder";
import { pinOf } from "#test/test-pins";

const cid = parseCid("QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN");
const pageLines = 1000;
const pagesMax = 1000;

const pin = pinOf(cid, { timestamp: 1_700_000_000_000 });
const info: GlobalPinInfo = {
  cid,
  name: "",
  allocations: [],
  origins: [],
  created: pin.timestamp,
  metadata: {},
  peers: [],
};

/** A million entries unless it is told otherwise, and how far they were read. */
class Listing {
  pages = 0;
  isOver = false;
  readonly #pagesMax: number;

  constructor(max = pagesMax) {
    this.#pagesMax = max;
  }

  async *of<T>(item: T): AsyncGenerator<readonly T[]> {
    try {
      for (; this.pages < this.#pagesMax; this.pages++) {
        // as a store does, which answers in another turn of the event loop
        await new Promise((resolve) => setImmediate(resolve));
        yield Array.from({ length: pageLines }, () => item);
      }
    } finally {
      this.isOver = true;
    }
  }
}

const unused = (): never => {
  throw new Error("nothing is added");
};

function openListing(listing: Listing, rest: RestStack): ReturnType<typeof openListener> {
  const cluster: Cluster = {
    ...rest.cluster,
    allocationPages: () => listing.of(pin),
    statusPages: () => listing.of(info),
  };
  const shared = { clock: systemClock, logger: silentLogger, config: defaultRestConfig };
  const adder: Adder = { addEntries: unused, addCar: unused };
  const handler = restHandler({ ...shared, cluster, adder });
  const at = { host: "127.0.0.1", port: 0 };
  return openListener({ ...at, logger: silentLogger, name: "REST API", handler });
}

async function ask(port: number, path: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

/** Until nothing more is read for a while. */
async function untilQuiet(listing: Listing): Promise<void> {
  let [seen, since] = [-1, performance.now()];
  await eventually(() => {
    if (listing.pages !== seen) [seen, since] = [listing.pages, performance.now()];
    return seen > 0 && performance.now() - since > 200;
  });
}

test.each(["/allocations", "/pins", "/pins?local=true"])(
  "GET %s is read as its client reads, and ends with it",
  async (path) => {
    using folder = makeTempFolder();
    await using node = await openNodeStack(folder.path);
    await using rest = await openRestStack(node);
    const listing = new Listing();
    await using listener = await openListing(listing, rest);
    const socket = await ask(listener.port, path);
    await untilQuiet(listing);
    // a few MB of socket buffers on both sides, of some 300 MB
    expect(listing.pages).toBeLessThan(pagesMax / 10);
    expect(listing.isOver).toBe(false);
    socket.destroy();
    await eventually(() => listing.isOver);
    expect(listing.pages).toBeLessThan(pagesMax / 5);
  },
  20_000,
);

test("a listing that finds nothing ends with its client, too", async () => {
  using folder = makeTempFolder();
  await using node = await openNodeStack(folder.path);
  await using rest = await openRestStack(node);
  const listing = new Listing(Infinity);
  await using listener = await openListing(listing, rest);
  const socket = await ask(listener.port, "/allocations?filter=shard-pin");
  await eventually(() => listing.pages > 10);
  socket.destroy();
  await eventually(() => listing.isOver);
});
