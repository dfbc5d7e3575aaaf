export { flushed, processContext } from "./process-context.ts";
export { runProgram } from "./programs.ts";
