import { named } from "#lib";
import { type DataFolder, type OfflineState, openOfflineState } from "#peer";

import { confirm } from "../prompt.ts";
import { StateStepError } from "../state/errors.ts";
import { exportState, importState, openImport, readAllocations } from "../state/state-files.ts";
import { StdinLines } from "../stdin-lines.ts";
import type { Invocation } from "../urfave/index.ts";
import { explain } from "./explain.ts";
import { failure } from "./failure.ts";
import { folderOf } from "./folder.ts";
import { logOf } from "./log.ts";

/** `state export` */
export async function runExport(invocation: Invocation): Promise<void> {
  await withState(invocation, async (state, say) => {
    const path = invocation.string("file");
    await exportState(state, path === "" ? undefined : path, invocation.context);
    say("state successfully exported");
  });
}

/** `state import`; a file that cannot be read to its end changes nothing. */
export async function runImport(invocation: Invocation): Promise<void> {
  const { context } = invocation;
  const stdin = new StdinLines(context.stdin);
  const options = {
    replicationFactorMin: invocation.int("replication-min"),
    replicationFactorMax: invocation.int("replication-max"),
    allocations: allocationsOf(invocation),
  };
  await withState(invocation, async (state, say) => {
    const question = "The pinset (state) of this peer will be replaced.";
    if (!isForced(invocation) && !(await confirm(question, stdin, context))) return;
    const [path = ""] = invocation.words;
    if (path === "") await context.write("reading from stdin, Ctrl-D to finish\n");
    await using file = path === "" ? undefined : await openImport(path);
    await importState(state, file ?? { bytes: stdin.rest() }, options);
    say("state successfully imported.  Make sure all peers have consistent states");
  });
}

/** `state cleanup` */
export async function runCleanup(invocation: Invocation): Promise<void> {
  const { context } = invocation;
  await withState(invocation, async (state, say) => {
    const question = "The peer state will be removed.  Existing pins may be lost.";
    const stdin = new StdinLines(context.stdin);
    if (!isForced(invocation) && !(await confirm(question, stdin, context))) return;
    await state.clear();
    say("data correctly cleaned up");
  });
}

function isForced(invocation: Invocation): boolean {
  return invocation.bool("force") || invocation.globalBool("force");
}

function allocationsOf(invocation: Invocation): readonly string[] {
  try {
    return readAllocations(invocation.string("allocations"));
  } catch (thrown) {
    throw tell(thrown, folderOf(invocation));
  }
}

async function withState(
  invocation: Invocation,
  work: (state: OfflineState, say: (sentence: string) => void) => Promise<void>,
): Promise<void> {
  const folder = folderOf(invocation);
  using log = logOf(invocation);
  const service = named(log.logger, "service");
  try {
    await using state = await openOfflineState(folder);
    await work(state, (sentence) => service.info(sentence));
  } catch (thrown) {
    throw tell(thrown, folder);
  }
}

function tell(thrown: unknown, folder: DataFolder): Error {
  if (thrown instanceof StateStepError) return failure(thrown.doing, thrown.problem, thrown);
  return explain(thrown, folder, "opening state");
}
