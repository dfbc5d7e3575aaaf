import { z } from "zod";

import type { CommandRun, Context } from "../command.ts";
import { findRpc } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { isJson, printable, toJson } from "../output.ts";
import type { RpcClient } from "../rpc-client.ts";

const link = z.object({ Name: z.string(), Hash: z.string(), Size: z.number(), Type: z.number() });
const listing = z.object({ Objects: z.array(z.object({ Links: z.array(link) })) });

type Link = z.output<typeof link>;

const directoryType = 1;

/** Lists folders line by line, however large they are. */
export const runLs: CommandRun = async (input, context) => {
  const client = await findRpc(input, context);
  for (const [index, path] of input.arguments.entries()) {
    const isOne = input.arguments.length === 1;
    if (!isOne && !isJson(input)) await context.write(`${index > 0 ? "\n" : ""}${path}:\n`);
    await list(path, client, { input, context });
  }
};

async function list(
  path: string,
  client: RpcClient,
  to: { readonly input: Input; readonly context: Context },
): Promise<void> {
  const { input, context } = to;
  const hasSizes = input.optionalFlag("size") ?? true;
  if (input.flag("headers")) await context.write(hasSizes ? "Hash Size Name\n" : "Hash Name\n");
  const options = { stream: true, size: hasSizes };
  const call = { command: "ls", arguments: [path], options, signal: context.signal };
  for await (const line of client.lines(call)) {
    if (isJson(input)) await context.write(`${toJson(line)}\n`);
    else for (const text of textOf(line, hasSizes)) await context.write(text);
  }
}

function textOf(line: unknown, hasSizes: boolean): string[] {
  return listing
    .parse(line)
    .Objects.flatMap(({ Links }) =>
      Links.map(
        (one) => [one.Hash, ...(hasSizes ? [sizeOf(one)] : []), nameOf(one)].join(" ") + "\n",
      ),
    );
}

function sizeOf({ Type, Size }: Link): string {
  return Type === directoryType ? "-" : String(Size);
}

function nameOf({ Type, Name }: Link): string {
  return printable(Name) + (Type === directoryType ? "/" : "");
}
