import type { Argument, Command, Flag } from "./command.ts";

/** Loads what relays a command to the RPC. */
export function relayed(command: string): Command["load"] {
  return async () => (await import("./relay.ts")).relay(command);
}

export const verbose: Flag = { name: "verbose", short: "v", summary: "with details" };

export const timeout: Flag = {
  name: "timeout",
  value: "TIME",
  isDuration: true,
  summary: "give up after so long",
};

export const addresses: Argument = { name: "MULTIADDR", isRepeated: true };
