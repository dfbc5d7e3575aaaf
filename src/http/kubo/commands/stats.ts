import { durationProblem, parseDuration } from "#lib";

import { bool, type KuboCommand, text } from "../command.ts";
import { AskedWronglyError, CommandError } from "../errors.ts";
import { findNetwork, offlineText, readPeerId } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { statsDht } from "./stats-dht.ts";
import { humanBytes } from "./stats-text.ts";

const bandwidth: KuboCommand = {
  path: "stats/bw",
  options: [
    text("peer", "p"),
    text("proto", "t"),
    bool("poll"),
    { names: ["interval", "i"], type: "string", default: "1s" },
  ],
  run: runBandwidth,
};

export const statsCommands: readonly KuboCommand[] = [bandwidth, statsDht];

/** A shorter interval would keep the process busy for one client. */
const intervalMinMs = 10;

async function runBandwidth(request: KuboRequest, output: KuboOutput): Promise<void> {
  const host = (await findNetwork(request))?.host;
  if (host === undefined) {
    throw new AskedWronglyError(`unable to run offline: ${offlineText.command}`);
  }
  const [named, protocol] = [request.text("peer"), request.text("proto")];
  if (named !== undefined && protocol !== undefined) {
    throw new AskedWronglyError("please only specify peer OR protocol");
  }
  const peer = named === undefined ? undefined : readPeerId(named);
  const interval = request.text("interval") ?? "";
  const intervalMs = parseDuration(interval);
  if (intervalMs === undefined) throw new CommandError(durationProblem(interval));
  const of = {
    ...(peer === undefined ? {} : { peer }),
    ...(protocol === undefined ? {} : { protocol }),
  };
  for (;;) {
    const { bytesIn, bytesOut, rateIn, rateOut } = host.bandwidth(of);
    const value = { TotalIn: bytesIn, TotalOut: bytesOut, RateIn: rateIn, RateOut: rateOut };
    await output.emit(
      value,
      () =>
        `Bandwidth\nTotalIn: ${humanBytes(bytesIn)}\nTotalOut: ${humanBytes(bytesOut)}\nRateIn: ${humanBytes(rateIn)}/s\nRateOut: ${humanBytes(rateOut)}/s\n`,
    );
    if (request.flag("poll") !== true) return;
    await request.deps.clock.sleep(Math.max(intervalMs, intervalMinMs), request.signal);
  }
}
