import type { PinOptions } from "#model";

import { UsageError } from "./errors.ts";
import type { Input } from "./input.ts";

/** The pin options that flags ask for; what was not given is left out. @throws {UsageError} */
export function pinOptionsOf(input: Input): Partial<PinOptions> {
  const both = input.number("replication");
  const min = input.number("replication-min") ?? both;
  const max = input.number("replication-max") ?? both;
  const name = input.text("name");
  const mode = input.text("mode");
  const expireAt = expiryOf(input);
  const metadata = metadataOf(input);
  const allocations = input.texts("allocations").flatMap((list) => list.split(","));
  return {
    ...(min !== undefined && { replicationFactorMin: min }),
    ...(max !== undefined && { replicationFactorMax: max }),
    ...(name !== undefined && { name }),
    ...(mode === "direct" && { mode }),
    ...(expireAt !== undefined && { expireAt }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(allocations.length > 0 && { userAllocations: allocations }),
  };
}

function expiryOf(input: Input): number | undefined {
  const ms = input.durationMs("expire-in");
  if (ms === undefined) return undefined;
  if (ms >= 1000) return Date.now() + ms;
  throw new UsageError("flag --expire-in: expected at least 1s", input.command.name);
}

function metadataOf(input: Input): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const pair of input.texts("metadata")) {
    const equals = pair.indexOf("=");
    if (equals <= 0) {
      const problem = `flag --metadata: expected KEY=VALUE, got "${pair}"`;
      throw new UsageError(problem, input.command.name);
    }
    metadata[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return metadata;
}
