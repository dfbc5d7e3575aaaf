import { ExitError, type Invocation } from "../urfave/index.ts";

export async function runExport(_invocation: Invocation): Promise<void> {
  throw new ExitError("not there yet", 1);
}
export async function runImport(_invocation: Invocation): Promise<void> {
  throw new ExitError("not there yet", 1);
}
export async function runCleanup(_invocation: Invocation): Promise<void> {
  throw new ExitError("not there yet", 1);
}
