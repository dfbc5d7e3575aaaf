import { writeFile } from "node:fs/promises";

import { systemProblem } from "#lib";

import { graphText } from "../text/graph-text.ts";
import { alertLine, bandwidthLines, gcLines, metricLine, oneALine } from "../text/health-text.ts";
import type { Invocation } from "../urfave/index.ts";
import { print, withClient } from "./session.ts";
import { stop } from "./stop.ts";

export function runGraph(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) => {
    const graph = await client.connectGraph();
    const text = graphText(graph, { hasAll: invocation.bool("all-ipfs-peers") });
    const file = invocation.string("file");
    if (file === "") return invocation.context.write(text);
    try {
      await writeFile(file, text);
    } catch (error) {
      throw stop("creating output file", `open ${file}: ${systemProblem(error)}`);
    }
  });
}

export function runMetrics(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) => {
    const [name = ""] = invocation.words;
    if (name === "") {
      return print(invocation, await client.metricNames(), (names) => names.join("\n"));
    }
    const now = Date.now();
    const metrics = await client.metrics(name);
    await print(
      invocation,
      metrics,
      oneALine((metric) => metricLine(metric, now)),
    );
  });
}

export function runAlerts(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) => {
    const now = Date.now();
    await print(
      invocation,
      await client.alerts(),
      oneALine((alert) => alertLine(alert, now)),
    );
  });
}

export function runBandwidth(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) =>
    print(invocation, await client.bandwidth(), bandwidthLines),
  );
}

export function runGc(invocation: Invocation): Promise<void> {
  return withClient(invocation, async (client) =>
    print(invocation, await client.repoGc({ local: invocation.bool("local") }), gcLines),
  );
}
