import { decodeUnixFsNode, linksOf, readFile } from "#dag";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";

import { type Exchange, PreparedHeaders, type ResponseHeaders } from "../kernel/index.ts";
import { contentTypeOfName, sniffBytes } from "./content-type.ts";
import { contentDisposition } from "./disposition.ts";
import { NotAcceptableError } from "./errors.ts";
import { fileTag } from "./etags.ts";
import {
  contentLocation,
  corsHeaders,
  immutable,
  isDownload,
  unchangedHeaders,
  wantedName,
} from "./headers.ts";
import { mediaTypes } from "./negotiate.ts";
import { type FileContent, type Place, versionOne } from "./places.ts";
import type { ByteRange } from "./ranges.ts";
import { sendContent } from "./send-content.ts";
import { sniff } from "./sniff.ts";
import type { Visit } from "./visit.ts";

/** A file that a path leads to, itself or as a directory's index. */
export interface FileAnswer {
  readonly content: FileContent;
  readonly name: string;
  /** Its block, if that has been read already. */
  readonly block: Uint8Array | undefined;
  readonly isIndex: boolean;
}

/**
 * The plain answer to a target that has been answered before, when one block holds all of it: nothing but that block
 * is read, from here, so there is nothing to break off. Says whether it answered.
 */
export async function answerKnownFile(
  exchange: Exchange,
  place: Place,
  localSource: BlockSource,
): Promise<boolean> {
  const file = plainFile(place);
  if (file?.headers === undefined || file.inBlock === undefined) return false;
  const { start, end } = file.inBlock;
  const block =
    localSource.peek?.(file.cid) ?? (await localSource.get(file.cid).catch(orUndefined));
  if (block === undefined) return false;
  const length = { "Content-Length": String(end - start) };
  file.prepared ??= new PreparedHeaders(corsHeaders, file.headers, length);
  await exchange.send(200, file.prepared, block.subarray(start, end));
  return true;
}

/** What is gone meanwhile is for the long way, which knows whom to ask and what to say. */
function orUndefined(cause: unknown): undefined {
  if (!(cause instanceof BlockNotFoundError)) throw cause;
}

function plainFile(place: Place): FileContent | undefined {
  const { content } = place;
  if (content?.type === "file") return content;
  const mayBeIndex = content?.type === "directory" && place.target.hasTrailingSlash;
  return mayBeIndex && content.index !== "none" ? content.index : undefined;
}

/** Answers with a file's bytes. */
export async function answerFile(visit: Visit, file: FileAnswer): Promise<void> {
  const { exchange, source, place } = visit;
  const reader = openReader(source, file, exchange);
  const { lastModified, sizeBytes } = file.content;
  const etag = fileTag(place.cid);
  return sendContent(exchange, {
    etag,
    lastModified,
    sizeBytes,
    boundary: versionOne(place.cid),
    kept: unchangedHeaders(place, etag),
    headers: (ranges) => headersOf(visit, file, { reader, ranges }),
    ...reader,
  });
}

interface FileReader {
  readonly load: (() => Uint8Array | Promise<Uint8Array>) | undefined;
  readonly read: (range: ByteRange) => AsyncIterable<Uint8Array>;
}

function openReader(source: BlockSource, file: FileAnswer, options: SignalOptions): FileReader {
  const { cid, inBlock } = file.content;
  const { signal } = options;
  if (inBlock === undefined) {
    return { load: undefined, read: (range) => readFile(source, cid, { ...range, signal }) };
  }
  let block = file.block;
  const load = async (): Promise<Uint8Array> => {
    block ??= await source.get(cid, { signal });
    return block.subarray(inBlock.start, inBlock.end);
  };
  return {
    load,
    async *read({ offset, length }) {
      yield (await load()).subarray(offset, offset + length);
    },
  };
}

interface Reading {
  readonly reader: FileReader;
  /** What will be sent; undefined for everything. */
  readonly ranges: readonly ByteRange[] | undefined;
}

async function headersOf(
  visit: Visit,
  file: FileAnswer,
  reading: Reading,
): Promise<ResponseHeaders> {
  const isPlain = visit.exchange.rawQuery === "" && visit.wanted.format === undefined;
  if (isPlain && file.content.headers !== undefined) return file.content.headers;
  const name = wantedName(visit);
  const { lastModified } = file.content;
  const type = await contentTypeOf(visit, { ...file, name: name ?? file.name }, reading);
  const headers: ResponseHeaders = {
    ...visit.place.headers,
    ...contentLocation(visit),
    Etag: fileTag(visit.place.cid),
    "Cache-Control": immutable,
    "Accept-Ranges": "bytes",
  };
  if (type !== undefined) headers["Content-Type"] = type;
  if (lastModified !== undefined) headers["Last-Modified"] = lastModified;
  if (isDownload(visit)) {
    const savedAs = name ?? (file.name === "" ? versionOne(visit.place.cid) : file.name);
    headers["Content-Disposition"] = contentDisposition("attachment", savedAs);
  } else if (name !== undefined) {
    headers["Content-Disposition"] = contentDisposition("inline", name);
  }
  if (isPlain && type !== undefined) file.content.headers = headers;
  return headers;
}

/** Undefined when neither the name nor the bytes that are sent can tell. */
async function contentTypeOf(
  visit: Visit,
  file: FileAnswer,
  reading: Reading,
): Promise<string | undefined> {
  const type = contentTypeOfName(file.name) ?? (await sniffFile(visit, file, reading));
  if (visit.wanted.format !== "json" || file.isIndex || type === mediaTypes.json) return type;
  const { load } = reading.reader;
  if (load !== undefined && isJson(await load())) return mediaTypes.json;
  throw new NotAcceptableError(
    `${visit.place.target.text} is no JSON: ask for it without a format, or with ?format=raw`,
  );
}

/** Looks at the file's first block, unless a range leaves it out: then it may not even be here. */
async function sniffFile(
  visit: Visit,
  file: FileAnswer,
  { reader, ranges }: Reading,
): Promise<string | undefined> {
  if (reader.load !== undefined) return sniff((await reader.load()).subarray(0, sniffBytes));
  if (ranges !== undefined && !ranges.some(({ offset }) => offset === 0)) return undefined;
  const { source, exchange } = visit;
  const first = await firstContent(source, file.content.cid, { signal: exchange.signal });
  return sniff(first.subarray(0, sniffBytes));
}

/** The content of a file's first block that has any. */
async function firstContent(
  source: BlockSource,
  root: CID,
  options: SignalOptions,
): Promise<Uint8Array> {
  for (let cid: CID | undefined = root; cid !== undefined;) {
    const block = await source.get(cid, options);
    const node = decodeUnixFsNode(cid, block);
    if (node.type === "file" && node.content.length > 0) return node.content;
    cid = linksOf(cid, block)[0];
  }
  return new Uint8Array();
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
