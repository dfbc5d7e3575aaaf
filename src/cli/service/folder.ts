import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { type DataFolder, dataFolderAt } from "#peer";

import type { Invocation } from "../urfave/index.ts";
import { failure } from "./failure.ts";

/** The folder of `--config`. */
export function folderOf(invocation: Invocation): DataFolder {
  return dataFolderAt(resolve(invocation.globalString("config")));
}

/** @throws {ExitError} without a configuration */
export async function requireConfig(invocation: Invocation): Promise<void> {
  const { configPath } = folderOf(invocation);
  if (existsSync(configPath)) return;
  throw failure("loading configurations", `open ${configPath}: no such file or directory`);
}
