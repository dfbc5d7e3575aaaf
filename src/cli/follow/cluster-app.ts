import { type Action, type App, type Command, ExitError, type Flag } from "../urfave/index.ts";

const gatewayFlag: Flag = {
  names: ["gateway"],
  kind: "string",
  value: "127.0.0.1:8080",
  usage: "gateway URL",
  environment: ["IPFS_GATEWAY"],
  isHidden: true,
};

const initFlag: Flag = {
  names: ["init"],
  kind: "string",
  usage: "initialize cluster peer with the given URL before running",
};

/** The commands on one cluster. */
export function clusterApp(cluster: string): App {
  const later = (name: string): Action => {
    const call = `ipfs-cluster-follow ${cluster} ${name}`;
    return () => {
      throw new ExitError(`${call} comes with clusters of several peers`, 1);
    };
  };
  const command = (name: string, usage: string, more: Partial<Command> = {}): Command => ({
    name,
    usage,
    ...more,
    action: later(name),
  });
  return {
    name: `ipfs-cluster-follow ${cluster}`,
    usage: `Follower peer management for "${cluster}"`,
    version: "",
    argsUsage: "[subcommand]",
    flags: [],
    commands: [
      command("info", "displays information for this peer"),
      command("init", "initializes the follower peer", {
        argsUsage: "<template_URL>",
        flags: [gatewayFlag],
      }),
      command("run", "runs the follower peer", { flags: [initFlag, gatewayFlag] }),
      command("list", "list items in the peers' pinset"),
    ],
    action: later("info"),
    failureCode: 0,
  };
}
