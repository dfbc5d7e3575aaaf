import { cidOf, hashNames } from "#dag";
import { BlockNotFoundError, type BlockWriter, type CID } from "#model";

import type { Part } from "../../multipart/index.ts";
import { bool, fileArgument, type KuboCommand, pathArgument, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { blockBytesMax, checkBlockSize, codecOf } from "./block-rules.ts";

const blockGet: KuboCommand = {
  path: "block/get",
  arguments: [pathArgument("cid", false)],
  run: async (request, output) => {
    const cid = await request.resolveBlock(request.arguments[0] ?? "");
    const bytes = await request.source.get(cid, { signal: request.signal });
    await output.stream(only(bytes), { type: "application/vnd.ipld.raw" });
  },
};

const blockStat: KuboCommand = {
  path: "block/stat",
  arguments: [pathArgument("cid", false)],
  run: async (request, output) => {
    const encode = request.cidEncoder();
    const cid = await request.resolveBlock(request.arguments[0] ?? "");
    const stored = await request.deps.ipfs.blocks.sizeOf(cid);
    const size = stored ?? (await request.source.get(cid, { signal: request.signal })).length;
    const key = encode(cid);
    await output.single({ Key: key, Size: size }, () => `Key: ${key}\nSize: ${size}\n`);
  },
};

const blockPut: KuboCommand = {
  path: "block/put",
  arguments: [fileArgument("data")],
  options: [
    { names: ["cid-codec"], type: "string", default: "raw" },
    text("mhtype"),
    { names: ["mhlen"], type: "int", default: -1 },
    { names: ["pin"], type: "bool", default: false },
    { names: ["allow-big-block"], type: "bool", default: false },
    text("format", "f"),
  ],
  run: runPut,
};

const blockRm: KuboCommand = {
  path: "block/rm",
  arguments: [{ name: "cid", type: "text", isRequired: true, isVariadic: true }],
  options: [bool("force", "f"), bool("quiet", "q")],
  run: runRm,
};

export const blockCommands: readonly KuboCommand[] = [blockGet, blockStat, blockPut, blockRm];

interface BlockForm {
  readonly codec: number;
  readonly hash: string;
  readonly cidVersion: 0 | 1;
  readonly digestBytes: number | undefined;
}

async function runPut(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = request.cidEncoder();
  const form = blockForm(request);
  await using writer = request.deps.ipfs.openWriter();
  for await (const part of request.files) {
    const bytes = await readBlock(part, request.flag("allow-big-block") === true);
    const cid = makeCid(form, bytes);
    await store(request, writer, { cid, bytes });
    const key = encode(cid);
    await output.emit({ Key: key, Size: bytes.length }, () => `${key}\n`);
  }
}

/** @throws {CommandError} for a length that the digest cannot have, worded as Kubo */
function makeCid({ codec, ...hashing }: BlockForm, bytes: Uint8Array): CID {
  const { digestBytes: wanted, hash } = hashing;
  if (wanted === undefined || hash === "identity") {
    return cidOf(codec, bytes, { ...hashing, digestBytes: undefined });
  }
  if (wanted < digestBytesMin) {
    const reason = `${hash} digest got ${wanted} bytes, minimum ${digestBytesMin}`;
    throw new CommandError(`digest too small: ${reason}`);
  }
  const whole = cidOf(codec, bytes, { ...hashing, digestBytes: undefined });
  if (wanted > whole.multihash.size) {
    throw new CommandError("invalid cid: requested length was too large for digest");
  }
  return cidOf(codec, bytes, hashing);
}

/** Shorter digests are no proof. */
const digestBytesMin = 20;

async function store(
  request: KuboRequest,
  writer: BlockWriter,
  { cid, bytes }: { readonly cid: CID; readonly bytes: Uint8Array },
): Promise<void> {
  await writer.put(cid, bytes);
  await writer.flush();
  if (request.flag("pin") === true) {
    await request.deps.ipfs.pins.add(cid, { signal: request.signal });
  }
}

/** @throws {CommandError} worded as Kubo */
function blockForm(request: KuboRequest): BlockForm {
  const hash = request.text("mhtype") ?? "sha2-256";
  if (!hashNames.includes(hash) && hash !== "md5") {
    throw new CommandError(`unrecognized multihash function: ${hash}`);
  }
  const length = request.number("mhlen") ?? -1;
  const digestBytes = length < 0 ? undefined : length;
  const format = request.text("format") ?? "";
  const codecName = request.text("cid-codec") ?? "raw";
  if (format !== "" && codecName !== "raw") {
    const options = '"format" (deprecated) and a custom "cid-codec"';
    throw new CommandError(`unable to use ${options} at the same time`);
  }
  const isVersion0 = format === "v0";
  if (isVersion0 && hash !== "sha2-256") {
    throw new CommandError("only sha2-255-32 is allowed with CIDv0");
  }
  const name = isVersion0 ? "dag-pb" : (legacyFormats.get(format) ?? (format || codecName));
  return { codec: codecOf(name), hash, cidVersion: isVersion0 ? 0 : 1, digestBytes };
}

const legacyFormats = new Map([
  ["protobuf", "dag-pb"],
  ["cbor", "dag-cbor"],
]);

async function readBlock(part: Part, mayBeBig: boolean): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of part.body) {
    size += piece.length;
    checkBlockSize(size, mayBeBig);
    if (size > blockBytesMax.big) {
      throw new CommandError(`a block cannot be larger than ${blockBytesMax.big} bytes`);
    }
    pieces.push(piece);
  }
  // a copy: the piece may be a small part of what arrived together
  return Buffer.concat(pieces);
}

async function runRm(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = request.cidEncoder();
  for (const path of request.arguments) {
    const cid = await request.resolveBlock(path);
    const hash = encode(cid);
    const problem = await removeBlock(request, cid);
    if (problem !== undefined) {
      await output.emit(
        { Hash: hash, Error: problem },
        () => `cannot remove ${hash}: ${problem}\n`,
      );
    } else if (request.flag("quiet") !== true) {
      await output.emit({ Hash: hash }, () => `removed ${hash}\n`);
    }
  }
}

/** Says why it was not removed. */
async function removeBlock(request: KuboRequest, cid: CID): Promise<string | undefined> {
  const { blocks, pins } = request.deps.ipfs;
  const pinned = await pins.statusOf(cid, { signal: request.signal });
  if (pinned?.mode === "indirect") return `pinned via ${String(pinned.root)}`;
  if (pinned !== undefined) return `pinned: ${pinned.mode}`;
  if (await blocks.has(cid)) await blocks.delete(cid);
  else if (request.flag("force") !== true) return new BlockNotFoundError(String(cid)).message;
  return undefined;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
