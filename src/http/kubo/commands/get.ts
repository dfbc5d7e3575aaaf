import { createGzip } from "node:zlib";

import { exportTar, namedLinksOf, readFile, statUnixFs, type UnixFsStat } from "#dag";
import { prefetching } from "#ipfs";
import { asError, writeAll } from "#lib";

import { bool, int, type KuboCommand, pathArgument, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

export const get: KuboCommand = {
  path: "get",
  arguments: [pathArgument("ipfs-path", false)],
  options: [
    text("output", "o"),
    bool("archive", "a"),
    bool("compress", "C"),
    int("compression-level", "l"),
    bool("progress", "p"),
  ],
  run: runGet,
};

async function runGet(request: KuboRequest, output: KuboOutput): Promise<void> {
  const level = compressionLevel(request);
  const path = request.arguments[0] ?? "";
  const { source, signal } = request;
  const cid = await request.resolveBlock(path);
  const stat = await statUnixFs(source, cid, { signal });
  const length = await sizeOf(request, stat);
  if (level === undefined || request.flag("archive") === true) {
    const name = path.split("/").findLast((segment) => segment !== "") ?? "";
    const tar = exportTar(prefetching(source), cid, {
      name,
      now: request.deps.clock.now(),
      signal,
    });
    const type = level === undefined ? "application/x-tar" : "application/gzip";
    return output.stream(level === undefined ? tar : gzip(tar, level), { type, length });
  }
  if (stat.type === "directory") throw new CommandError("file is not regular");
  const bytes =
    stat.type === "symlink" ? one(Buffer.from(stat.target)) : readFile(source, cid, { signal });
  return output.stream(gzip(bytes, level), { type: "application/gzip", length });
}

/** Undefined without compression. */
function compressionLevel(request: KuboRequest): number | undefined {
  if (request.flag("compress") !== true) return undefined;
  const level = request.number("compression-level") ?? 6;
  if (level >= 1 && level <= 9) return level;
  throw new CommandError("compression level must be between 1 and 9");
}

/** What a progress bar counts to: a file's bytes, a folder's whole DAG. */
async function sizeOf(request: KuboRequest, stat: UnixFsStat): Promise<number> {
  if (stat.type === "file") return stat.sizeBytes;
  if (stat.type === "symlink") return Buffer.byteLength(stat.target);
  const bytes = await request.source.get(stat.cid, { signal: request.signal });
  const links = namedLinksOf(stat.cid, bytes);
  return links.reduce((sum, { tsize }) => sum + tsize, bytes.length);
}

async function* gzip(bytes: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const zip = createGzip({ level });
  const fed = writeAll(bytes, zip);
  // the reader below fails with the same error
  fed.catch((cause: unknown) => zip.destroy(asError(cause)));
  for await (const piece of zip) {
    // zlib's streams give Buffers, which the types do not say
    if (piece instanceof Uint8Array) yield piece;
  }
  await fed;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
