import { ExitError, type Invocation } from "../urfave/index.ts";

export async function runInit(_invocation: Invocation): Promise<void> {
  throw new ExitError("not there yet", 1);
}
