import { type DirectoryEntry, namedLinksOf } from "#dag";
import { prefetching } from "#ipfs";
import { DigestSet, messageOf } from "#lib";
import type { BlockSource, CID } from "#model";

import type { CidEncoder } from "../cid-encoder.ts";
import { bool, type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const refs: KuboCommand = {
  path: "refs",
  arguments: [pathArgument("ipfs-path", true)],
  options: [
    { names: ["format"], type: "string", default: "<dst>" },
    bool("edges", "e"),
    bool("unique", "u"),
    bool("recursive", "r"),
    { names: ["max-depth"], type: "int", default: -1 },
  ],
  run: runRefs,
};

const refsLocal: KuboCommand = {
  path: "refs/local",
  run: (request, output) => listLocal(request, output),
};

export const refsCommands: readonly KuboCommand[] = [
  refs,
  refsLocal,
  { ...refsLocal, path: "repo/ls" },
];

/** Every block here, as raw CIDv1. */
async function listLocal(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = request.cidEncoder();
  for await (const cid of request.deps.ipfs.blocks.list({ signal: request.signal })) {
    await tell(output, encode(cid));
  }
}

async function runRefs(request: KuboRequest, output: KuboOutput): Promise<void> {
  const format = formatOf(request);
  const isRecursive = request.flag("recursive") === true;
  const depthMax = isRecursive ? (request.number("max-depth") ?? -1) : 1;
  const isUnique = request.flag("unique") === true;
  const encode = request.cidEncoder();
  // only who follows links wants what they lead to
  const source = depthMax === 1 ? request.source : prefetching(request.source);
  const walk = { request, source, depthMax, seen: isUnique ? new DigestSet() : undefined };
  const roots: CID[] = [];
  for (const path of request.arguments) roots.push(await request.resolveBlock(path));
  for (const root of roots) {
    try {
      for await (const edge of edgesBelow(walk, root)) {
        await tell(output, render(format, edge, encode));
      }
    } catch (cause) {
      // Kubo tells it as a line, also when it is the first
      request.signal.throwIfAborted();
      const message = messageOf(cause);
      await output.emit({ Ref: "", Err: message }, () => `${message}\n`);
    }
  }
}

function formatOf(request: KuboRequest): string {
  const format = request.text("format") ?? "<dst>";
  if (request.flag("edges") !== true) return format;
  if (format === "<dst>") return "<src> -> <dst>";
  throw new CommandError("using format argument with edges is not allowed");
}

function render(format: string, { source, link }: Edge, encode: CidEncoder): string {
  const fields = { src: encode(source), dst: encode(link.cid), linkname: link.name };
  return Object.entries(fields).reduce(
    (text, [name, value]) => text.replaceAll(`<${name}>`, () => value),
    format,
  );
}

interface Edge {
  readonly source: CID;
  readonly link: DirectoryEntry;
}

interface Walk {
  readonly request: KuboRequest;
  readonly source: BlockSource;
  /** Negative: without limit. */
  readonly depthMax: number;
  readonly seen: DigestSet | undefined;
}

/** Depth first, parents before children, every link every time unless `seen` is kept. Memory: the links on the way down. */
async function* edgesBelow(walk: Walk, root: CID): AsyncGenerator<Edge> {
  const open = [await openNode(walk, root)];
  for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
    const link = node.links[node.next++];
    if (link === undefined) {
      open.pop();
      continue;
    }
    if (walk.seen?.has(link.cid.multihash.bytes) === true) continue;
    walk.seen?.add(link.cid.multihash.bytes);
    yield { source: node.cid, link };
    const isDeeper = walk.depthMax < 0 || open.length < walk.depthMax;
    if (isDeeper) open.push(await openNode(walk, link.cid));
  }
}

async function openNode(
  { source, request: { signal } }: Walk,
  cid: CID,
): Promise<{ readonly cid: CID; readonly links: readonly DirectoryEntry[]; next: number }> {
  const bytes = await source.get(cid, { signal });
  return { cid, links: namedLinksOf(cid, bytes), next: 0 };
}

async function tell(output: KuboOutput, ref: string): Promise<void> {
  const room = output.emit({ Ref: ref, Err: "" }, () => `${ref}\n`);
  if (room !== undefined) await room;
}
