import type { GlobalPinInfoJson, PinJson, RestClient } from "#api";
import { parseCid } from "#model";

import { pinLine, statusLines } from "../text/pin-text.ts";
import type { Invocation } from "../urfave/index.ts";
import { settledStatus } from "../wait-for-status.ts";
import { awaitStatus } from "./await-status.ts";
import { allocationsOf, expiryOf, metadataOf } from "./pin-wishes.ts";
import { print, printEach, withClient } from "./session.ts";
import { orStop, stop } from "./stop.ts";
import { targetPath } from "./target.ts";

export function runPinAdd(invocation: Invocation): Promise<void> {
  const both = invocation.int("replication");
  const allocations = allocationsOf(invocation);
  if (!allocations.isComplete) {
    throw stop("decoding allocations", "some peer IDs could not be decoded");
  }
  const expireAt = expiryOf(invocation);
  const options = {
    replicationFactorMin: both || invocation.int("replication-min"),
    replicationFactorMax: both || invocation.int("replication-max"),
    name: invocation.string("name"),
    mode: invocation.string("mode") === "direct" ? ("direct" as const) : ("recursive" as const),
    userAllocations: allocations.peers,
    metadata: metadataOf(invocation),
    ...(expireAt !== undefined && { expireAt }),
  };
  const target = targetPath(invocation.words[0] ?? "");
  return withClient(invocation, async (client) => {
    await report(await client.pin(target, options), client, { invocation, target: "pinned" });
  });
}

export function runPinRm(invocation: Invocation): Promise<void> {
  const target = targetPath(invocation.words[0] ?? "");
  return withClient(invocation, async (client) => {
    await report(await client.unpin(target), client, { invocation, target: "unpinned" });
  });
}

export function runPinUpdate(invocation: Invocation): Promise<void> {
  const [from = "", to = ""] = invocation.words;
  const pinUpdate = orStop("parsing from Cid", () => parseCid(from));
  const expireAt = expiryOf(invocation);
  const name = invocation.string("name");
  const options = { pinUpdate, name, ...(expireAt !== undefined && { expireAt }) };
  const target = targetPath(to);
  return withClient(invocation, async (client) => {
    await report(await client.pin(target, options), client, { invocation, target: "pinned" });
  });
}

export function runPinLs(invocation: Invocation): Promise<void> {
  const [text = ""] = invocation.words;
  const cid = text === "" ? undefined : orStop("parsing cid", () => parseCid(text).toString());
  return withClient(invocation, async (client) => {
    if (cid !== undefined) return print(invocation, await client.allocation(cid), pinLine);
    const filter = filterOf(invocation.string("filter"));
    await printEach(invocation, client.allocations({ filter }), pinLine);
  });
}

const types = ["pin", "meta-pin", "clusterdag-pin", "shard-pin"];

/** The types that are known; none of them stands for all. */
function filterOf(text: string): string {
  const names = text.split(",");
  if (names.includes("all") || names.includes("")) return "all";
  return types.filter((type) => names.includes(type)).join(",");
}

async function report(
  pin: PinJson,
  client: RestClient,
  to: { readonly invocation: Invocation; readonly target: "pinned" | "unpinned" },
): Promise<void> {
  const { invocation, target } = to;
  let status: GlobalPinInfoJson | undefined;
  if (invocation.bool("wait")) {
    const least = target === "pinned" ? pin.replication_factor_min : 0;
    const limit = invocation.isSet("wait-limit") ? invocation.int("wait-limit") : least;
    status = await awaitStatus(client, pin.cid, { invocation, target, limit });
  }
  if (invocation.bool("no-status")) return print(invocation, pin, pinLine);
  await print(invocation, status ?? (await settledStatus(client, pin.cid)), statusLines);
}
