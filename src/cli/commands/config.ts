import { reportConfig } from "#peer";

import type { CommandRun } from "../command.ts";
import { CommandFailedError } from "../errors.ts";
import { folderOf } from "../find-peer.ts";
import { isJson, print, toJson } from "../output.ts";

/** What counts, whatever may be wrong with it. */
export const runConfigShow: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  const { document, values } = await reportConfig(folder, context.environment);
  if (!input.flag("source")) {
    await context.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return;
  }
  const toText = (): string =>
    values
      .map(({ key, value, source }) => `${key} = ${JSON.stringify(value)}  (${source})`)
      .join("\n");
  await print(values, toText, { input, context });
};

/** A line for everything that is wrong, and for what has no effect. */
export const runConfigCheck: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  const { problems, warnings, notes } = await reportConfig(folder, context.environment);
  const wrong = [...problems, ...warnings];
  if (isJson(input)) await context.write(`${toJson({ problems, warnings, notes })}\n`);
  else {
    for (const line of wrong) await context.write(`${line}\n`);
    for (const note of notes) await context.write(`note: ${note}\n`);
  }
  if (wrong.length > 0) {
    throw new CommandFailedError(`${folder.configPath} has ${countOf(wrong.length)}`);
  }
  if (!isJson(input)) await context.write(`${folder.configPath} is in order\n`);
};

function countOf(problems: number): string {
  return problems === 1 ? "a problem" : `${problems} problems`;
}
