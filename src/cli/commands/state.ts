import { InvalidStateFileError, openOfflineState } from "#peer";

import type { CommandRun } from "../command.ts";
import { CommandFailedError } from "../errors.ts";
import { folderOf } from "../find-peer.ts";
import { confirm } from "../prompt.ts";
import { StateStepError } from "../state/errors.ts";
import { exportState, importState, openImport, readAllocations } from "../state/state-files.ts";
import { StdinLines } from "../stdin-lines.ts";

export const runStateExport: CommandRun = async (input, context) => {
  await using state = await openOfflineState(folderOf(input, context).folder);
  await exportState(state, input.text("file"), context);
};

export const runStateImport: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  const options = {
    replicationFactorMin: input.number("replication-min") ?? 0,
    replicationFactorMax: input.number("replication-max") ?? 0,
    allocations: readAllocations(input.text("allocations") ?? ""),
  };
  await using state = await openOfflineState(folder);
  const stdin = new StdinLines(context.stdin);
  const question = `The pinset of ${folder.path} will be replaced.`;
  if (!input.flag("force") && !(await confirm(question, stdin, context))) throw notDone();
  const [path = "-"] = input.arguments;
  await using file = path === "-" ? undefined : await openImport(path);
  try {
    const pins = await importState(state, file ?? { bytes: stdin.rest() }, options);
    context.warn(`${pins} pins imported\n`);
  } catch (cause) {
    throw withPosition(cause);
  }
};

/** A file may have millions of pins: which one it is, is told. */
function withPosition(thrown: unknown): unknown {
  const cause = thrown instanceof StateStepError ? thrown.cause : undefined;
  if (!(cause instanceof InvalidStateFileError)) return thrown;
  return new CommandFailedError(`importing state: pin ${cause.position}: ${cause.message}`);
}

export const runStateCleanup: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  await using state = await openOfflineState(folder);
  const question = `The pinset of ${folder.path} will be removed.`;
  const stdin = new StdinLines(context.stdin);
  if (!input.flag("force") && !(await confirm(question, stdin, context))) throw notDone();
  await state.clear();
};

function notDone(): CommandFailedError {
  return new CommandFailedError("nothing was done");
}
