export type { Action, App, Command, Flag } from "./app.ts";
export { ExitError } from "./errors.ts";
export type { Invocation } from "./invocation.ts";
export { runApp } from "./run-app.ts";
