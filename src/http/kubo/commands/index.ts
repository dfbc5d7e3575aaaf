import type { KuboCommand } from "../command.ts";
import { add } from "./add.ts";
import { blockCommands } from "./block.ts";
import { dagImport } from "./dag-import.ts";
import { dagCommands } from "./dag.ts";
import { get } from "./get.ts";
import { ls } from "./ls.ts";
import { nodeCommands } from "./node.ts";
import { pinLs } from "./pin-ls.ts";
import { pinCommands } from "./pin.ts";
import { readCommands } from "./read.ts";
import { refsCommands } from "./refs.ts";
import { repoCommands } from "./repo.ts";

/** Every command that is built. */
export const commands: readonly KuboCommand[] = [
  add,
  get,
  ls,
  dagImport,
  pinLs,
  ...readCommands,
  ...blockCommands,
  ...dagCommands,
  ...pinCommands,
  ...refsCommands,
  ...repoCommands,
  ...nodeCommands,
];
