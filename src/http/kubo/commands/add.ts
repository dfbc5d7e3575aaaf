import { importEntries, type ImportEntry, type ImportEvent, resolveImportOptions } from "#dag";
import type { BlockSink, BlockWriter, CID } from "#model";

import { type SentMetadata, toImportEntries, type UploadEntry } from "../../multipart/index.ts";
import type { CidEncoder } from "../cid-encoder.ts";
import { bool, boolTrue, fileArgument, int, type KuboCommand, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { checkPinName } from "./pin-name.ts";
import { FilesLinker } from "./to-files.ts";

export const add: KuboCommand = {
  path: "add",
  arguments: [fileArgument("path")],
  options: [
    bool("recursive", "r"),
    bool("dereference-args"),
    text("stdin-name"),
    bool("hidden", "H"),
    { names: ["ignore"], type: "array" },
    text("ignore-rules-path"),
    boolTrue("empty-dirs", "E"),
    bool("dereference-symlinks"),
    bool("quiet", "q"),
    bool("quieter", "Q"),
    bool("silent"),
    bool("progress", "p"),
    bool("only-hash", "n"),
    bool("wrap-with-directory", "w"),
    boolTrue("pin"),
    text("pin-name"),
    text("to-files"),
    int("cid-version"),
    text("hash"),
    bool("raw-leaves"),
    text("chunker", "s"),
    bool("trickle", "t"),
    int("max-file-links"),
    int("max-directory-links"),
    int("max-hamt-fanout"),
    bool("inline"),
    { names: ["inline-limit"], type: "int", default: 32 },
    bool("nocopy"),
    bool("fscache"),
    bool("preserve-mode"),
    bool("preserve-mtime"),
    { names: ["mode"], type: "uint" },
    { names: ["mtime"], type: "int64" },
    { names: ["mtime-nsecs"], type: "uint" },
    bool("fast-provide-root"),
    bool("fast-provide-dag"),
    bool("fast-provide-wait"),
  ],
  run: runAdd,
};

/** So many roots are made durable and pinned together; an upload may have any number. */
const rootsPerBatch = 1024;

async function runAdd(request: KuboRequest, output: KuboOutput): Promise<void> {
  const options = importOptionsOf(request);
  const encode = request.cidEncoder();
  if (request.flag("only-hash") === true) {
    await importInto(nowhere, { request, output, options, encode });
    return;
  }
  await using writer = request.deps.ipfs.openWriter();
  const pins = new RootPins(request, writer);
  const linker = request.has("to-files") ? new FilesLinker(request, writer) : undefined;
  const onRoot = async (root: RootEvent): Promise<void> => {
    await pins.add(root.cid);
    if (linker === undefined) return;
    await pins.flush();
    await linker.link(root);
  };
  try {
    await importInto(writer, { request, output, options, encode, onRoot });
  } catch (cause) {
    // as with Kubo, what was complete before stays
    await pins.flush().catch(() => undefined);
    throw cause;
  }
  await pins.flush();
}

/** @throws {CommandError | ImportOptionError} with Kubo's messages */
function importOptionsOf(request: KuboRequest): ReturnType<typeof resolveImportOptions> {
  const pinName = request.text("pin-name");
  if (pinName !== undefined) checkPinName(pinName);
  const options = resolveImportOptions({
    chunker: request.text("chunker"),
    hash: request.text("hash"),
    cidVersion: request.number("cid-version"),
    rawLeaves: request.flag("raw-leaves"),
    trickle: request.flag("trickle"),
    maxFileLinks: request.number("max-file-links"),
    maxDirectoryLinks: request.number("max-directory-links"),
    maxHamtFanout: request.number("max-hamt-fanout"),
    inline: request.flag("inline"),
    inlineLimit: request.number("inline-limit"),
    nocopy: request.flag("nocopy"),
    wrapWithDirectory: request.flag("wrap-with-directory"),
    emptyDirectories: request.flag("empty-dirs"),
    preserveMode: request.flag("preserve-mode"),
    preserveMtime: request.flag("preserve-mtime"),
    mode: request.number("mode"),
    mtime: request.number("mtime"),
    mtimeNsecs: request.number("mtime-nsecs"),
    progress: request.flag("progress"),
    onlyHash: request.flag("only-hash"),
    toFiles: request.text("to-files"),
    pin: request.flag("pin"),
    pinName,
  });
  return options;
}

const nowhere: BlockSink = { put: () => undefined };

interface Import {
  readonly request: KuboRequest;
  readonly output: KuboOutput;
  readonly options: ReturnType<typeof resolveImportOptions>;
  readonly encode: CidEncoder;
  readonly onRoot?: (root: RootEvent) => Promise<void>;
}

type RootEvent = Extract<ImportEvent, { readonly type: "node" }>;

async function importInto(sink: BlockSink, work: Import): Promise<void> {
  const { request, output, options, encode, onRoot } = work;
  const echoes = new Echoes(options.wrapWithDirectory);
  const isSilent = request.flag("silent") === true;
  let isAny = false;
  for await (const event of importEntries(echoes.watch(request.files), sink, options)) {
    isAny = true;
    if (!isSilent || (event.type === "node" && event.isDirectory)) {
      const room = output.line(eventLine(event, encode, echoes));
      if (room !== undefined) await room;
    }
    if (event.type === "progress" || !event.isRoot) continue;
    const pinned = onRoot?.(event);
    if (pinned !== undefined) await pinned;
    request.signal.throwIfAborted();
  }
  if (!isAny) throw new CommandError("expected a file argument");
}

/** One event as Kubo writes it: made by hand, since an add of many small files has little else to do. */
function eventLine(event: ImportEvent, encode: CidEncoder, echoes: Echoes): string {
  const name = jsonText(event.path);
  const echo = echoes.of(event);
  if (event.type === "node") {
    return `{"Name":${name},"Hash":"${encode(event.cid)}","Size":"${event.size}"${echo}}\n`;
  }
  const bytes = event.bytes === 0 ? "" : `,"Bytes":${event.bytes}`;
  return `{"Name":${name}${bytes}${echo}}\n`;
}

function jsonText(name: string): string {
  const json = JSON.stringify(name);
  return escaped.test(json) ? json.replaceAll(allEscaped, escape) : json;
}

// as Go's encoder
const escaped = /[<>&\u2028\u2029]/;
const allEscaped = /[<>&\u2028\u2029]/g;
const escape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** What clients sent of their top-level entries; every event of such an entry repeats it, but not within a wrapper. */
class Echoes {
  readonly #byTop = new Map<string, string>();
  readonly #isWrapped: boolean;

  constructor(isWrapped: boolean) {
    this.#isWrapped = isWrapped;
  }

  watch(parts: KuboRequest["files"]): AsyncIterable<ImportEntry> {
    const uploads = toImportEntries(parts)[Symbol.asyncIterator]();
    const iterator: AsyncIterator<ImportEntry> = {
      next: () =>
        uploads.next().then((upload) => {
          if (upload.done === true) return { done: true, value: undefined };
          this.#keep(upload.value);
          return { done: false, value: upload.value.entry };
        }),
      return: async () => {
        await uploads.return?.();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #keep({ top, sent }: UploadEntry): void {
    if (this.#isWrapped || (sent === undefined && this.#byTop.size === 0)) return;
    const echo = sent === undefined ? "" : echoOf(sent);
    if (echo === "") this.#byTop.delete(top);
    else this.#byTop.set(top, echo);
  }

  of(event: ImportEvent): string {
    if (this.#byTop.size === 0) return "";
    const slash = event.path.indexOf("/");
    const top = slash < 0 ? event.path : event.path.slice(0, slash);
    const echo = this.#byTop.get(top) ?? "";
    if (event.type === "node" && event.isRoot) this.#byTop.delete(top);
    return echo;
  }
}

function echoOf({ mode, mtime }: SentMetadata): string {
  const parts = [mode === 0 ? "" : `,"Mode":"0${mode.toString(8)}"`];
  if (mtime !== undefined && mtime.seconds > 0) {
    parts.push(`,"Mtime":${mtime.seconds}`);
    if (mtime.nanoseconds > 0) parts.push(`,"MtimeNsecs":${mtime.nanoseconds}`);
  }
  return parts.join("");
}

/** Pins every root for itself, once its blocks are durable. */
class RootPins {
  readonly #request: KuboRequest;
  readonly #writer: BlockWriter;
  #roots: CID[] = [];

  constructor(request: KuboRequest, writer: BlockWriter) {
    this.#request = request;
    this.#writer = writer;
  }

  add(root: CID): void | Promise<void> {
    this.#roots.push(root);
    return this.#roots.length < rootsPerBatch ? undefined : this.flush();
  }

  async flush(): Promise<void> {
    const roots = this.#roots;
    this.#roots = [];
    await this.#writer.flush();
    if (this.#request.flag("pin") === false) return;
    const { pins } = this.#request.deps.ipfs;
    const name = this.#request.text("pin-name") ?? "";
    await Promise.all(roots.map((root) => pins.add(root, { isWritten: true, name })));
  }
}
