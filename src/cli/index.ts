export { flushed, processContext } from "./process-context.ts";
export { runCli } from "./run-cli.ts";
