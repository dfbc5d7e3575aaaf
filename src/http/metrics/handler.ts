import type { Exchange, Handler } from "../kernel/index.ts";

export interface MetricsDeps {
  /** The metrics in Prometheus' text format, measured now. */
  readonly text: () => Promise<string>;
}

const metricsType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const plainText = {
  "Content-Type": "text/plain; charset=utf-8",
  "X-Content-Type-Options": "nosniff",
};

/** `/metrics` for Prometheus, and nothing else (spec: cluster 4; IPFS Cluster 1.1.6 also serves Go's profiler there). */
export function metricsHandler({ text }: MetricsDeps): Handler {
  return async (exchange: Exchange) => {
    if (exchange.rawPath !== "/metrics") {
      return exchange.send(404, plainText, "404 page not found\n");
    }
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      return exchange.send(405, { ...plainText, Allow: "GET, HEAD" }, "method not allowed\n");
    }
    await exchange.send(200, { "Content-Type": metricsType }, await text());
  };
}
