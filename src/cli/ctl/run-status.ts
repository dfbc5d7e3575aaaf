import { parseCid, trackerStatusBits } from "#model";

import { statusLines } from "../text/pin-text.ts";
import type { Invocation } from "../urfave/index.ts";
import { print, printEach, withClient } from "./session.ts";
import { orStop, stop } from "./stop.ts";

export function runStatus(invocation: Invocation): Promise<void> {
  const cids = invocation.words.map((text) =>
    orStop("parsing cid", () => parseCid(text).toString()),
  );
  const local = invocation.bool("local");
  return withClient(invocation, async (client) => {
    const [cid] = cids;
    if (cid !== undefined && cids.length === 1) {
      return print(invocation, await client.status(cid, { local }), statusLines);
    }
    const which = cid === undefined ? { filter: filterOf(invocation) } : { cids };
    await printEach(invocation, client.statusAll({ local, ...which }), statusLines);
  });
}

export function runRecover(invocation: Invocation): Promise<void> {
  const [text = ""] = invocation.words;
  const cid = text === "" ? undefined : orStop("parsing cid", () => parseCid(text).toString());
  const local = invocation.bool("local");
  return withClient(invocation, async (client) => {
    if (cid === undefined) {
      return printEach(invocation, client.recoverAll({ local }), statusLines);
    }
    await print(invocation, await client.recover(cid, { local }), statusLines);
  });
}

/** Names that are known, among whatever stands between the commas. @throws {ExitError} when there is none */
function filterOf(invocation: Invocation): string {
  const filter = invocation.string("filter");
  const names = filter.replaceAll(" ", "").split(",").filter(isStatus);
  if (names.length > 0 || filter === "") return names.join(",");
  throw stop("parsing filter flag", "invalid filter name");
}

function isStatus(name: string): boolean {
  if (name === "undefined") return false;
  return ["error", "queued"].includes(name) || Object.hasOwn(trackerStatusBits, name);
}
