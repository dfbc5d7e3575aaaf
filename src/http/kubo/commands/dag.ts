import { exportCar } from "#dag";
import { prefetching } from "#ipfs";

import { bool, type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const dagExport: KuboCommand = {
  path: "dag/export",
  arguments: [pathArgument("root", false)],
  options: [bool("progress", "p"), bool("local-only")],
  run: runExport,
};

const dagResolve: KuboCommand = {
  path: "dag/resolve",
  arguments: [pathArgument("ref", false)],
  run: async (request, output) => {
    const encode = request.cidEncoder();
    const { cid, remainder } = await request.resolve(request.arguments[0] ?? "");
    const text = encode(cid);
    const rest = remainder.join("/");
    const value = { Cid: { "/": text }, RemPath: rest };
    await output.single(value, () => (rest === "" ? text : `${text}/${rest}`));
  },
};

export const dagCommands: readonly KuboCommand[] = [dagExport, dagResolve];

async function runExport(request: KuboRequest, output: KuboOutput): Promise<void> {
  const isLocalOnly = request.flag("local-only") === true;
  if (isLocalOnly && request.flag("offline") === false) {
    throw new CommandError(
      "--local-only implies --offline and cannot be combined with --offline=false; please drop one of them",
    );
  }
  const { signal } = request;
  const source = isLocalOnly ? request.deps.ipfs.localSource : request.source;
  const root = await request.resolveBlock(request.arguments[0] ?? "", source);
  // a root that is not to be had must have a status
  await source.get(root, { signal });
  const car = exportCar(prefetching(source), root, { signal, skipMissing: isLocalOnly });
  await output.stream(car, { type: "application/vnd.ipld.car" });
}
