import { bool, type KuboCommand, text } from "../command.ts";
import { repoVersion } from "../deps.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const version: KuboCommand = {
  path: "version",
  options: [bool("number", "n"), bool("commit"), bool("repo"), bool("all")],
  run: runVersion,
};

const id: KuboCommand = {
  path: "id",
  arguments: [{ name: "peerid", type: "text" }],
  options: [text("format", "f"), { names: ["peerid-base"], type: "string", default: "b58mh" }],
  run: runId,
};

export const nodeCommands: readonly KuboCommand[] = [version, id];

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

/** Of this node alone: others cannot be asked yet. */
async function runId(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { ipfs } = request.deps;
  const { id: own, publicKey } = ipfs.identity;
  const [wanted = own] = request.arguments;
  if (wanted !== own) {
    if (!/^(?:12D3Koo|Qm|k|b)[0-9A-Za-z]{40,}$/.test(wanted))
      throw new CommandError("invalid peer id");
    throw new CommandError(
      "this command must be run in online mode. Try running 'ipfs daemon' first",
    );
  }
  const key = Buffer.from(publicKey).toString("base64");
  const addresses = [...ipfs.addresses()].toSorted();
  const agent = `kubo/${request.options.version}`;
  const value = {
    ID: own,
    PublicKey: key,
    Addresses: addresses.length === 0 ? null : addresses,
    AgentVersion: agent,
    Protocols: null,
  };
  await output.single(value, () => {
    const format = request.text("format") ?? "";
    if (format === "") return `${JSON.stringify(value, undefined, "\t")}\n`;
    const fields = { id: own, aver: agent, pver: "", pubkey: key, addrs: addresses.join("\n") };
    return Object.entries(fields)
      .reduce((filled, [name, field]) => filled.replaceAll(`<${name}>`, field), format)
      .replaceAll("\\n", "\n")
      .replaceAll("\\t", "\t");
  });
}
