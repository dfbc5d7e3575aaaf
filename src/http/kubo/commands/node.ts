import { bool, type KuboCommand } from "../command.ts";
import { repoVersion } from "../deps.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { peerId } from "./peer-id.ts";

const version: KuboCommand = {
  path: "version",
  options: [bool("number", "n"), bool("commit"), bool("repo"), bool("all")],
  run: runVersion,
};

export const nodeCommands: readonly KuboCommand[] = [version, peerId];

/** Clients show it; there is no Go here. */
const goVersion = "go1.26";

async function runVersion(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { version: number, commit, system } = request.options;
  const value = {
    Version: number,
    Commit: commit,
    Repo: repoVersion,
    System: system,
    Golang: goVersion,
  };
  const full = request.flag("commit") === true && commit !== "" ? `${number}-${commit}` : number;
  await output.single(value, () => {
    if (request.flag("all") === true) {
      return `Kubo version: ${number}-${commit}\nRepo version: ${repoVersion}\nSystem version: ${system}\nGolang version: ${goVersion}\n`;
    }
    if (request.flag("repo") === true) return `${repoVersion}\n`;
    return request.flag("number") === true ? `${full}\n` : `ipfs version ${full}\n`;
  });
}
