export { type MetricsDeps, metricsHandler } from "./handler.ts";
