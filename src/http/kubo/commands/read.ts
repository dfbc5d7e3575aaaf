import { IsDirectoryError, readFile, statUnixFs } from "#dag";
import type { CID } from "#model";

import { bool, int, type KuboCommand, pathArgument, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { resolveOptions } from "./name-options.ts";

const cat: KuboCommand = {
  path: "cat",
  arguments: [pathArgument("ipfs-path", true)],
  options: [
    { names: ["offset", "o"], type: "int64" },
    { names: ["length", "l"], type: "int64" },
    bool("progress", "p"),
  ],
  run: runCat,
};

const resolve: KuboCommand = {
  path: "resolve",
  arguments: [pathArgument("name", false)],
  options: [
    { names: ["recursive", "r"], type: "bool", default: true },
    int("dht-record-count", "dhtrc"),
    text("dht-timeout", "dhtt"),
  ],
  run: runPathResolve,
};

export const readCommands: readonly KuboCommand[] = [cat, resolve];

async function runPathResolve(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [name = ""] = request.arguments;
  const isName = /^(?:\/ipns\/|ipns:)/.test(name);
  if (isName && request.flag("recursive") === false) {
    // one step
    const { path } = await request.deps.ipfs.names.resolve(name, resolveOptions(request));
    return output.single({ Path: path }, () => `${path}\n`);
  }
  const { cid, remainder } = await request.resolve(name);
  const path = `/ipfs/${[request.cidEncoder()(cid), ...remainder].join("/")}`;
  await output.single({ Path: path }, () => `${path}\n`);
}

/** A stretch of one file. */
interface Range {
  readonly offset: number;
  readonly length: number;
}

/** All paths are opened before the first byte, so that what is missing has a status. */
async function runCat(request: KuboRequest, output: KuboOutput): Promise<void> {
  const offset = request.number("offset") ?? 0;
  const lengthMax = request.number("length");
  if (offset < 0) throw new CommandError("cannot specify negative offset");
  if (lengthMax !== undefined && lengthMax < 0) {
    throw new CommandError("cannot specify negative length");
  }
  const ranges =
    lengthMax === 0 ? [] : await open(request, { offset, length: lengthMax ?? Infinity });
  const length = ranges.reduce((sum, range) => sum + range.length, 0);
  await output.stream(concatenate(request, ranges), { length });
}

async function open(request: KuboRequest, wanted: Range): Promise<readonly (Range & Source)[]> {
  const ranges: (Range & Source)[] = [];
  let { offset, length: left } = wanted;
  for (const path of request.arguments) {
    const source = await openFile(request, path);
    if (offset > source.sizeBytes) {
      offset -= source.sizeBytes;
      continue;
    }
    const length = Math.min(left, source.sizeBytes - offset);
    ranges.push({ ...source, offset, length });
    left -= length;
    offset = 0;
    if (left <= 0) break;
  }
  return ranges;
}

interface Source {
  readonly cid: CID;
  readonly sizeBytes: number;
  /** Of a symbolic link, which reads as its target. */
  readonly target: Uint8Array | undefined;
}

async function openFile(request: KuboRequest, path: string): Promise<Source> {
  const cid = await request.resolveBlock(path);
  const stat = await statUnixFs(request.source, cid, { signal: request.signal });
  if (stat.type === "directory") throw new IsDirectoryError(cid);
  if (stat.type === "file") return { cid, sizeBytes: stat.sizeBytes, target: undefined };
  const target = Buffer.from(stat.target);
  return { cid, sizeBytes: target.length, target };
}

async function* concatenate(
  { source, signal }: KuboRequest,
  ranges: readonly (Range & Source)[],
): AsyncGenerator<Uint8Array> {
  for (const { cid, offset, length, target } of ranges) {
    if (target !== undefined) yield target.subarray(offset, offset + length);
    else yield* readFile(source, cid, { offset, length, signal });
  }
}
