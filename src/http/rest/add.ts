import {
  type AddedOutputJson,
  type AddParams,
  BadParameterError,
  goJson,
  parseAddParams,
} from "#api";
import { type AddedOutput, AddNotPossibleError } from "#cluster";
import type { ImportEntry } from "#dag";
import { messageOf } from "#lib";
import { cidText } from "#model";

import type { Exchange } from "../kernel/index.ts";
import { boundaryOf, type Part, readParts, toImportEntries } from "../multipart/index.ts";
import { errorDocument, jsonType, streamError } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { RootNames } from "./root-names.ts";

// IPFS Cluster closes the connection too: clients may still be sending when the answer ends
const addHeaders = { ...jsonType, "Cache-Control": "no-cache", Connection: "close" } as const;

/**
 * `POST /add` (cluster 1.9). Once the parameters are accepted the head goes out with 200; whatever fails later stands in the
 * trailer X-Stream-Error, which is absent when all went well. With `stream-channels=false` one array at the end.
 */
export async function sendAdd(deps: RestDeps, exchange: Exchange): Promise<void> {
  const contentType = multipartType(exchange);
  const params = parseAddParams(exchange.query, deps.clock.now());
  const outputs = add(deps, exchange, { contentType, params });
  if (params.streamChannels) await sendLines(deps, exchange, outputs);
  else await sendArray(exchange, outputs);
}

/** @throws {BadParameterError} worded as Go's net/http */
function multipartType(exchange: Exchange): string {
  const contentType = exchange.headers["content-type"] ?? "";
  if (!/^multipart\/(?:form-data|mixed)\s*(?:;|$)/i.test(contentType)) {
    throw new BadParameterError("request Content-Type isn't multipart/form-data");
  }
  if (boundaryOf(contentType) === undefined) {
    throw new BadParameterError("no multipart boundary param in Content-Type");
  }
  return contentType;
}

async function* add(
  { adder }: RestDeps,
  exchange: Exchange,
  from: { readonly contentType: string; readonly params: AddParams },
): AsyncGenerator<AddedOutputJson> {
  const options = { ...from.params, signal: exchange.signal };
  const sent = readParts(exchange.body, from.contentType);
  const parts = options.noCopy ? referenced(sent) : sent;
  const roots = new RootNames();
  const outputs =
    options.format === "car"
      ? adder.addCar(await firstFile(parts), options)
      : adder.addEntries(entriesOf(parts, roots), options);
  for await (const output of outputs) yield outputToJson(output, roots);
}

/** Modes and times of the parts are not taken over: IPFS Cluster does not either, and CIDs depend on them. */
async function* entriesOf(
  parts: AsyncIterable<Part>,
  roots: RootNames,
): AsyncGenerator<ImportEntry> {
  for await (const { entry } of toImportEntries(parts)) {
    const { mode: _mode, mtime: _mtime, ...bare } = entry;
    roots.note(bare);
    yield bare;
  }
}

/** For `nocopy`: the client says where each file stays. It is copied all the same: there is no file store. */
async function* referenced(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  for await (const part of parts) {
    if (!part.headers.has("abspath") && !part.headers.has("abspath-encoded")) {
      throw new AddNotPossibleError("missing file path or URL, can't create filestore reference");
    }
    yield part;
  }
}

/** The first part; what follows it is not read. */
async function firstFile(
  parts: AsyncIterable<Part>,
): Promise<{ readonly name: string; readonly bytes: AsyncIterable<Uint8Array> }> {
  for await (const { entry } of withoutReturn(toImportEntries(parts))) {
    const isInDirectory = entry.path.includes("/");
    if (entry.type === "file" && !isInDirectory) return { name: entry.path, bytes: entry.content };
    throw new AddNotPossibleError("expected CAR file is not of type file");
  }
  throw new AddNotPossibleError("unexpected EOF");
}

/** The same items; leaving the loop early does not end them, since the part's body is still to be read. */
function withoutReturn<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = items[Symbol.asyncIterator]();
      return { next: () => iterator.next() };
    },
  };
}

function outputToJson(output: AddedOutput, roots: RootNames): AddedOutputJson {
  const bytesOrNot = output.bytes === 0 ? undefined : output.bytes;
  if (output.type === "progress") return { name: output.name, cid: null, bytes: bytesOrNot };
  const { name, size, allocations } = output;
  const cid = cidText(output.cid);
  return {
    // Kubo calls a file without a name by its CID, IPFS Cluster does not
    name: roots.hasUnnamed && name === cid ? "" : name,
    cid,
    bytes: bytesOrNot,
    size: size === 0 ? undefined : size,
    allocations: allocations.length === 0 ? undefined : allocations,
  };
}

async function sendLines(
  { logger }: RestDeps,
  exchange: Exchange,
  outputs: AsyncIterable<AddedOutputJson>,
): Promise<void> {
  const body = exchange.begin(200, {
    ...addHeaders,
    Trailer: streamError,
    "X-Chunked-Output": "1",
  });
  try {
    for await (const output of outputs) {
      const room = body.write(goJson(output));
      if (room !== undefined) await room;
    }
  } catch (error) {
    logger.debug("an add failed", { error });
    return body.end({ [streamError]: messageOf(error) });
  }
  return body.end();
}

async function sendArray(
  exchange: Exchange,
  outputs: AsyncIterable<AddedOutputJson>,
): Promise<void> {
  const all: AddedOutputJson[] = [];
  try {
    for await (const output of outputs) all.push(output);
  } catch (error) {
    return exchange.send(500, addHeaders, goJson({ ...errorDocument(error), code: 500 }));
  }
  return exchange.send(200, addHeaders, goJson(all.length === 0 ? null : all));
}
