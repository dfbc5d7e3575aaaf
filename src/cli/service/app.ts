// The command line of ipfs-cluster-service 1.1.6 as data. Names, flags and their usage are the Go program's, since scripts
// and people know them; descriptions are our own.

import { homedir } from "node:os";
import { join } from "node:path";

import type { Context } from "../command.ts";
import { goVersion } from "../go-version.ts";
import { type App, type Command, ExitError, type Flag } from "../urfave/index.ts";
import { checkLogLevels } from "./check-log-levels.ts";
import { programName } from "./names.ts";
import { stateCommand } from "./state-app.ts";

export function serviceApp(environment: Context["environment"]): App {
  return {
    name: programName,
    usage: "IPFS Cluster peer",
    description: appDescription,
    version: goVersion,
    flags: globalFlags(environment),
    commands: [initCommand, daemonCommand, stateCommand, versionCommand],
    before: checkLogLevels,
    action: async (invocation) => {
      await invocation.showAppHelp();
      throw new ExitError("", 1);
    },
    failureCode: 0,
  };
}

const appDescription = `
${programName} is Pinfold under the name of the program that it stands in for. It
runs a peer of a cluster: a shared list of what is to be pinned, an API to change that
list, and the pinning itself, done by the IPFS node that the configuration names.

A peer needs a folder with a configuration and an identity: "init" makes one,
"daemon" runs it.

Levels of the log are set for everything or for a part of the program:

$ ${programName} --loglevel info,cluster:debug,pintracker:debug daemon
`;

function globalFlags(environment: Context["environment"]): readonly Flag[] {
  const home = environment["HOME"] || homedir();
  return [
    {
      names: ["config", "c"],
      kind: "string",
      value: join(home, ".ipfs-cluster"),
      usage: "path to the configuration and data `FOLDER`",
      environment: ["IPFS_CLUSTER_PATH"],
    },
    {
      names: ["force", "f"],
      kind: "bool",
      usage: "forcefully proceed with some actions. i.e. overwriting configuration",
    },
    { names: ["debug", "d"], kind: "bool", usage: "enable full debug logging (very verbose)" },
    {
      names: ["loglevel", "l"],
      kind: "string",
      usage: "set overall and component-wise log levels",
      environment: ["IPFS_CLUSTER_LOG_LEVEL"],
    },
  ];
}

const initCommand: Command = {
  name: "init",
  usage: "Creates a configuration and generates an identity",
  description: `
Makes a folder ready for a peer: service.json with defaults and a new secret, identity.json
unless there is one, and a peerstore, empty or with the addresses of --peers.

With a URL the configuration is no more than a note of it: each start of the daemon
fetches it from there.
`,
  argsUsage: "[http-source-url]",
  flags: [
    {
      names: ["consensus"],
      kind: "string",
      value: "crdt",
      usage: "select consensus: 'crdt' or 'raft'",
    },
    {
      names: ["datastore"],
      kind: "string",
      value: "pebble",
      usage: "select datastore: 'badger', 'badger3', 'leveldb' or 'pebble'",
    },
    {
      names: ["custom-secret", "s"],
      kind: "bool",
      usage: "prompt for the cluster secret (when no source specified)",
    },
    {
      names: ["peers"],
      kind: "string",
      usage: "comma-separated list of multiaddresses to init with (see help)",
    },
    { names: ["force", "f"], kind: "bool", usage: "overwrite configuration without prompting" },
    {
      names: ["randomports"],
      kind: "bool",
      usage: "configure random ports to listen on instead of defaults",
    },
  ],
  action: async (invocation) => (await import("./run-init.ts")).runInit(invocation),
};

const daemonCommand: Command = {
  name: "daemon",
  usage: "Runs the IPFS Cluster peer (default)",
  flags: [
    {
      names: ["upgrade", "u"],
      kind: "bool",
      usage: "run state migrations before starting (deprecated/unused)",
    },
    {
      names: ["bootstrap", "j"],
      kind: "string",
      usage: "join a cluster providing a comma-separated list of existing peers multiaddress(es)",
    },
    {
      names: ["leave", "x"],
      kind: "bool",
      usage: 'remove peer from cluster on exit. Overrides "leave_on_shutdown"',
      isHidden: true,
    },
    { names: ["stats"], kind: "bool", usage: "enable stats collection" },
    { names: ["tracing"], kind: "bool", usage: "enable tracing collection" },
    {
      names: ["no-trust"],
      kind: "bool",
      usage: 'do not trust bootstrap peers (only for "crdt" consensus)',
    },
    {
      names: ["empty-state"],
      kind: "bool",
      usage: "start with no pins although a Go peer's datastore is there",
      isHidden: true,
    },
  ],
  action: async (invocation) => (await import("./run-daemon.ts")).runDaemonCommand(invocation),
};

const versionCommand: Command = {
  name: "version",
  usage: "Prints the ipfs-cluster version",
  action: ({ context }) => context.write(`${goVersion}\n`),
};
