import { nearest } from "#lib";
import { trackerStatusBits } from "#model";

import type { CommandRun } from "../command.ts";
import { UsageError } from "../errors.ts";
import { findRest } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { print } from "../output.ts";
import { statusLines } from "../text/pin-text.ts";

export const runStatus: CommandRun = async (input, context) => {
  const filter = filterOf(input);
  const client = await findRest(input, context);
  const local = input.flag("local");
  const [cid] = input.arguments;
  if (cid !== undefined && input.arguments.length === 1) {
    return print(await client.status(cid, { local }), statusLines, { input, context });
  }
  const cids = input.arguments.length === 0 ? {} : { cids: input.arguments };
  for await (const info of client.statusAll({ local, ...cids, ...(filter && { filter }) })) {
    await print(info, statusLines, { input, context });
  }
};

export const runRecover: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const local = input.flag("local");
  const [cid] = input.arguments;
  if (cid !== undefined) {
    return print(await client.recover(cid, { local }), statusLines, { input, context });
  }
  for await (const info of client.recoverAll({ local })) {
    await print(info, statusLines, { input, context });
  }
};

const names = new Set(["error", "queued", ...Object.keys(trackerStatusBits)]);

function filterOf(input: Input): string | undefined {
  const filter = input.text("filter");
  if (filter === undefined || filter === "") return undefined;
  for (const name of filter.split(",").map((word) => word.trim())) {
    if (names.has(name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? "" : `, did you mean ${near}?`;
    throw new UsageError(`flag --filter: invalid status "${name}"${hint}`, "status");
  }
  return filter;
}
