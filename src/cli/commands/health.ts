import { writeFile } from "node:fs/promises";

import { systemClock } from "#lib";

import type { CommandRun } from "../command.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";
import { graphText } from "../text/graph-text.ts";
import { alertLine, bandwidthLines, metricLine, oneALine } from "../text/health-text.ts";

export const runHealth: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  await client.health();
  await print({ healthy: true }, () => "healthy", { input, context });
};

/** Always a dot file, as `ipfs-cluster-ctl` has it. */
export const runHealthGraph: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const graph = await client.connectGraph();
  const text = graphText(graph, { hasAll: input.flag("all-ipfs-peers") });
  const file = input.text("file");
  await (file === undefined ? context.write(`${text}\n`) : writeFile(file, text));
};

export const runHealthMetrics: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const [name] = input.arguments;
  const to = { input, context };
  if (name === undefined) {
    return print(
      await client.metricNames(),
      oneALine((each) => each),
      to,
    );
  }
  const now = systemClock.now();
  await print(
    await client.metrics(name),
    oneALine((metric) => metricLine(metric, now)),
    to,
  );
};

export const runHealthAlerts: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const now = systemClock.now();
  const toText = oneALine((alert: Parameters<typeof alertLine>[0]) => alertLine(alert, now));
  await print(await client.alerts(), toText, { input, context });
};

export const runHealthBandwidth: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  await print(await client.bandwidth(), bandwidthLines, { input, context });
};
