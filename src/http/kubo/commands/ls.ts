import {
  type DirectoryEntry,
  listDirectory,
  namedLinksOf,
  NotUnixFsError,
  statUnixFs,
  type UnixFsStat,
} from "#dag";
import { type CID, codec } from "#model";

import type { CidEncoder } from "../cid-encoder.ts";
import { bool, boolTrue, type KuboCommand, pathArgument } from "../command.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

export const ls: KuboCommand = {
  path: "ls",
  arguments: [pathArgument("ipfs-path", true)],
  options: [
    bool("headers", "v"),
    boolTrue("resolve-type"),
    boolTrue("size"),
    bool("stream", "s"),
    bool("long", "l"),
  ],
  run: async (request, output) => {
    if (request.flag("stream") === true) await streamLinks(request, output);
    else await sendLinks(request, output);
  },
};

/** Children looked at together. */
const windowEntries = 32;

interface LsLink {
  readonly Name: string;
  readonly Hash: string;
  readonly Size: number;
  readonly Type: number;
  readonly Target: string;
  readonly Mode: number;
  readonly ModTime: string;
}

async function sendLinks(request: KuboRequest, output: KuboOutput): Promise<void> {
  const objects: { readonly Hash: string; readonly Links: readonly LsLink[] }[] = [];
  for (const path of request.arguments) {
    const links = await Array.fromAsync(linksAt(request, path));
    links.sort((a, b) => Buffer.compare(Buffer.from(a.Name), Buffer.from(b.Name)));
    objects.push({ Hash: path, Links: links });
  }
  await output.single({ Objects: objects }, () =>
    objects.map(({ Links }) => Links.map(textOf).join("")).join("\n"),
  );
}

async function streamLinks(request: KuboRequest, output: KuboOutput): Promise<void> {
  for (const path of request.arguments) {
    for await (const link of linksAt(request, path)) {
      const value = { Objects: [{ Hash: path, Links: [link] }] };
      await output.emit(value, () => textOf(link));
    }
  }
}

async function* linksAt(request: KuboRequest, path: string): AsyncGenerator<LsLink> {
  const cid = await request.resolveBlock(path);
  const encode = request.cidEncoder();
  let window: DirectoryEntry[] = [];
  for await (const entry of entriesOf(request, cid)) {
    window.push(entry);
    if (window.length < windowEntries) continue;
    yield* await Promise.all(window.map((each) => linkOf(request, each, encode)));
    window = [];
  }
  yield* await Promise.all(window.map((each) => linkOf(request, each, encode)));
}

/** A directory's entries; of anything else the links, as Kubo. */
async function* entriesOf(request: KuboRequest, cid: CID): AsyncGenerator<DirectoryEntry> {
  const { source, signal } = request;
  if (cid.code !== codec.dagPb) return;
  const stat = await statOrUndefined(request, cid);
  if (stat?.type === "directory") yield* listDirectory(source, cid, { signal });
  else yield* namedLinksOf(cid, await source.get(cid, { signal }));
}

async function statOrUndefined(request: KuboRequest, cid: CID): Promise<UnixFsStat | undefined> {
  try {
    return await statUnixFs(request.source, cid, { signal: request.signal });
  } catch (cause) {
    if (cause instanceof NotUnixFsError) return undefined;
    throw cause;
  }
}

async function linkOf(
  request: KuboRequest,
  { name, cid, tsize }: DirectoryEntry,
  encode: CidEncoder,
): Promise<LsLink> {
  const base = { Name: name, Hash: encode(cid) };
  if (cid.code === codec.raw) {
    return { ...base, Size: tsize, Type: types.file, Target: "", Mode: 0, ModTime: noTime };
  }
  const isLookedAt = request.flag("resolve-type") === true || request.flag("size") === true;
  const stat = isLookedAt ? await statOrUndefined(request, cid) : undefined;
  return {
    ...base,
    Size: sizeOf(stat),
    Type: stat === undefined ? 0 : types[stat.type],
    Target: stat?.type === "symlink" ? stat.target : "",
    Mode: goModeOf(stat?.mode ?? 0),
    ModTime: stat?.mtime === undefined ? noTime : goTime(stat.mtime),
  };
}

function sizeOf(stat: UnixFsStat | undefined): number {
  if (stat?.type === "file") return stat.sizeBytes;
  return stat?.type === "symlink" ? Buffer.byteLength(stat.target) : 0;
}

const types = { directory: 1, file: 2, symlink: 4 } as const;
const noTime = "0001-01-01T00:00:00Z";

/** Permission bits as Go's os.FileMode has them. */
function goModeOf(mode: number): number {
  const special =
    (mode & 0o4000 ? 0x800000 : 0) |
    (mode & 0o2000 ? 0x400000 : 0) |
    (mode & 0o1000 ? 0x100000 : 0);
  return special | (mode & 0o777);
}

/** RFC 3339 with as many digits of a second as there are. */
function goTime({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function textOf({ Hash, Size, Name, Type }: LsLink): string {
  const size = Type === 1 ? "-" : String(Size);
  return `${Hash} ${size} ${Name}${Type === 1 ? "/" : ""}\n`;
}
