import type { CommandRun, Context } from "./command.ts";
import { findRpc } from "./find-peer.ts";
import type { Input } from "./input.ts";
import { isJson, toJson } from "./output.ts";
import type { RpcCall } from "./rpc-client.ts";

/**
 * A command that is one of the RPC's: its arguments and flags go there, and what comes back is printed, as text that the
 * peer writes, or with --enc=json value by value.
 */
export function relay(command: string): CommandRun {
  return (input, context) => relayCall(input, context, { command });
}

/** As `relay`, with arguments other than the input's, or a file. */
export async function relayCall(
  input: Input,
  context: Context,
  call: Pick<RpcCall, "command" | "arguments" | "file">,
): Promise<void> {
  const client = await findRpc(input, context);
  const flags = input.command.flags.map(({ name }) => [name, input.text(name)] as const);
  const whole = {
    arguments: input.arguments,
    ...call,
    signal: context.signal,
    options: { ...Object.fromEntries(flags), encoding: isJson(input) ? "json" : "text" },
  };
  if (isJson(input)) {
    for await (const value of client.lines(whole)) await context.write(`${toJson(value)}\n`);
    return;
  }
  const { chunks } = await client.bytes(whole);
  for await (const chunk of chunks) await context.write(chunk);
}
