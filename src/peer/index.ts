export type { DaemonOptions } from "./daemon.ts";
export { type DaemonVoice, plainVoice } from "./daemon-voice.ts";
export type { ConfigReport } from "./config/report.ts";
export {
  InitStepError,
  InvalidConfigError,
  InvalidIdentityError,
  NotInitializedError,
} from "./errors.ts";
export { exportKey } from "./export-key.ts";
export { chooseFolder, type DataFolder, dataFolderAt, type FolderWish } from "./folder.ts";
export type { ClusterInitOptions } from "./init-cluster-folder.ts";
export type { InitOptions, InitResult } from "./init-folder.ts";
export {
  initClusterFolder,
  initFolder,
  openLibp2pBridge,
  openOfflineRepo,
  openOfflineState,
  openUserAdmin,
  rebuildRepoIndex,
  reportConfig,
  runDaemon,
} from "./lazy.ts";
export { refuseGoPeer } from "./go-folder/go-lock.ts";
export { goVoice } from "./logging/go-voice.ts";
export { type Log, type LogOptions, openLog } from "./logging/open-log.ts";
export type { OfflineRepo } from "./offline-repo.ts";
export { programVersion } from "./program-version.ts";
export { readRunFile, type RunFile } from "./run-file.ts";
export { InvalidStateFileError } from "./state/errors.ts";
export type { ImportOptions, OfflineState } from "./state/offline-state.ts";
export type { TokenInfo, UserAdmin, UserInfo } from "./users/user-admin.ts";
