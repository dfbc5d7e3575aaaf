// Folders that ipfs-cluster-service 1.1.6 made and ran in: test/fixtures/peer/go-folders, each with one pin.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type BlackBox, openBlackBox } from "./black-box.ts";
import { projectFolder } from "./source-files.ts";

export const goFolders = join(projectFolder, "test/fixtures/peer/go-folders");

type Config = Record<string, Record<string, unknown>>;

/** A box whose data folder is a copy of the recorded one for a store, or for `raft`. */
export function openGoFolder(
  name: string,
  change: (config: Config) => void = () => undefined,
): BlackBox {
  const box = openBlackBox();
  cpSync(join(goFolders, name), box.data, { recursive: true });
  const path = join(box.data, "service.json");
  const config: Config = JSON.parse(readFileSync(path, "utf8"));
  change(config);
  writeFileSync(path, JSON.stringify(config));
  return box;
}
