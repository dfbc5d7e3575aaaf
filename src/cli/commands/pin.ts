import type { GlobalPinInfoJson, PinJson, RestClient } from "#api";
import { messageOf } from "#lib";
import { type CID, parseCid } from "#model";

import type { CommandRun, Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import { findRest } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { print } from "../output.ts";
import { pinOptionsOf } from "../pin-options.ts";
import { pinLine, statusLines } from "../text/pin-text.ts";
import { settledStatus, waitForStatus, type WaitOptions } from "../wait-for-status.ts";

export const runPinAdd: CommandRun = async (input, context) => {
  const [target = ""] = input.arguments;
  const client = await findRest(input, context);
  const pin = await client.pin(target, pinOptionsOf(input));
  await report(pin, client, { input, context, target: "pinned" });
};

/** A pin with the options of another one. */
export const runPinUpdate: CommandRun = async (input, context) => {
  const [from = "", target = ""] = input.arguments;
  const { name, expireAt } = pinOptionsOf(input);
  const client = await findRest(input, context);
  const pin = await client.pin(target, {
    pinUpdate: cidIn(from),
    ...(name !== undefined && { name }),
    ...(expireAt !== undefined && { expireAt }),
  });
  await report(pin, client, { input, context, target: "pinned" });
};

function cidIn(text: string): CID {
  try {
    return parseCid(text);
  } catch (error) {
    throw new UsageError(`argument PINNED-CID: ${messageOf(error)}`, "pin update");
  }
}

export const runPinRm: CommandRun = async (input, context) => {
  const [target = ""] = input.arguments;
  const client = await findRest(input, context);
  const pin = await client.unpin(target);
  await report(pin, client, { input, context, target: "unpinned" });
};

export const runPinLs: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const toText = input.flag("quiet") ? (pin: PinJson): string => pin.cid : pinLine;
  const [cid] = input.arguments;
  if (cid !== undefined) return print(await client.allocation(cid), toText, { input, context });
  const filter = input.text("filter") ?? "all";
  for await (const pin of client.allocations({ filter }))
    await print(pin, toText, { input, context });
};

async function report(
  pin: PinJson,
  client: RestClient,
  to: {
    readonly input: Input;
    readonly context: Context;
    readonly target: WaitOptions["target"];
  },
): Promise<void> {
  const { input, target } = to;
  let status: GlobalPinInfoJson | undefined;
  if (input.flag("wait")) {
    const limit = input.number("wait-limit");
    const timeoutMs = input.durationMs("wait-timeout");
    status = await waitForStatus(client, pin.cid, { target, limit, timeoutMs });
  }
  if (input.flag("no-status")) return print(pin, pinLine, to);
  await print(status ?? (await settledStatus(client, pin.cid)), statusLines, to);
}
