import { ExitError, type Invocation } from "../urfave/index.ts";

/**
 * Runs before every command. @throws {ExitError} for a list that cannot be taken apart: the Go program ends without a word
 * then, and with exit code 0
 */
export async function checkLogLevels(invocation: Invocation): Promise<void> {
  if (invocation.bool("debug")) return;
  const seen = new Set<string>();
  for (const part of invocation.string("loglevel").split(",")) {
    if (part === "") continue;
    const words = part.split(":");
    if (words.length > 2) {
      const message = 'log level not in expected format "identifier:loglevel" or "loglevel"';
      throw new ExitError(`error: ${message}`, 1);
    }
    const component = words.length === 1 ? "all" : (words[0] ?? "");
    if (seen.has(component)) {
      await invocation.context.write(`overwriting existing ${component} log level\n`);
    }
    seen.add(component);
  }
}
