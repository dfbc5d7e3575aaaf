export { loadConfig, newConfig, saveConfig, type LoadedConfig } from "./config/load.ts";
export { profileNames } from "./config/profiles.ts";
export type { Settings } from "./config/settings.ts";
export { chooseFolder, dataFolderAt, type DataFolder, type FolderWish } from "./folder.ts";
export { createIdentity, parseIdentity, type Identity } from "./identity.ts";
export { ensureFolder, initFolder, type InitOptions, type InitResult } from "./init-folder.ts";
export type { Peer, PeerConfig, RunAddresses } from "./peer.ts";
export { describeFailure, runDaemon, type DaemonOptions } from "./daemon.ts";
export { readRunFile, type RunFile } from "./run-file.ts";
