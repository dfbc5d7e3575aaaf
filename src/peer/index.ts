export type { DaemonOptions } from "./daemon.ts";
export { exportKey } from "./export-key.ts";
export { chooseFolder, type DataFolder, dataFolderAt, type FolderWish } from "./folder.ts";
export type { InitOptions, InitResult } from "./init-folder.ts";
export { initFolder, openOfflineRepo, openUserAdmin, rebuildRepoIndex, runDaemon } from "./lazy.ts";
export type { OfflineRepo } from "./offline-repo.ts";
export { programVersion } from "./program-version.ts";
export { readRunFile, type RunFile } from "./run-file.ts";
export type { TokenInfo, UserAdmin, UserInfo } from "./users/user-admin.ts";
