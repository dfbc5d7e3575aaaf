import type { Exchange } from "../kernel/index.ts";
import { boundaryOf, type Part, readParts } from "../multipart/index.ts";
import {
  type ArgumentDefinition,
  globalOptions,
  type KuboCommand,
  type OptionDefinition,
} from "./command.ts";
import { RefusedError } from "./errors.ts";
import { type OptionValue, readOptions } from "./option-values.ts";

/** A request as its command sees it. */
export interface ParsedRequest {
  readonly command: KuboCommand;
  readonly arguments: readonly string[];
  readonly options: ReadonlyMap<string, OptionValue>;
  /** Parts of a multipart body; undefined for any other body. */
  readonly files: AsyncIterable<Part> | undefined;
}

export interface CommandTable {
  readonly commands: ReadonlyMap<string, KuboCommand>;
  readonly options: ReadonlyMap<KuboCommand, ReadonlyMap<string, OptionDefinition>>;
}

export function createCommandTable(list: readonly KuboCommand[]): CommandTable {
  const commands = new Map(list.map((command) => [command.path, command]));
  for (const { path } of list) {
    const slash = path.lastIndexOf("/");
    const group = path.slice(0, Math.max(slash, 0));
    if (group !== "" && !commands.has(group)) commands.set(group, groupCommand(group));
  }
  const options = new Map(
    [...commands.values()].map((command) => [command, namesOf(command)] as const),
  );
  return { commands, options };
}

/** Kubo answers a group of commands with nothing, successfully. */
function groupCommand(path: string): KuboCommand {
  return { path, run: () => Promise.resolve() };
}

function namesOf(command: KuboCommand): ReadonlyMap<string, OptionDefinition> {
  const definitions = [...globalOptions, ...(command.options ?? [])];
  return new Map(definitions.flatMap((one) => one.names.map((name) => [name, one] as const)));
}

/**
 * Finds the command and reads its options and arguments. `path` is what follows /api/v0/, decoded.
 * @throws {RefusedError} worded as go-ipfs-cmds 0.16
 */
export async function parseRequest(
  table: CommandTable,
  path: string,
  exchange: Exchange,
): Promise<ParsedRequest> {
  const { command, last } = findCommand(table, path);
  const options = readOptions(exchange.query, table.options.get(command) ?? new Map());
  const given = [...last, ...exchange.query.getAll("arg")];
  const definitions = command.arguments ?? [];
  const files = filesOf(exchange);
  const file = definitions.find(({ type, isRequired }) => type === "file" && isRequired === true);
  const fromBody = file === undefined && files !== undefined ? files : undefined;
  const args = await readArguments(definitions, given, fromBody);
  if (file !== undefined && files === undefined) {
    throw new RefusedError(400, `file argument '${file.name}' is required`);
  }
  return { command, options, arguments: args, files };
}

/** A last segment that names no command is the first argument of the command before it. */
function findCommand(
  { commands }: CommandTable,
  path: string,
): { readonly command: KuboCommand; readonly last: readonly string[] } {
  const exact = commands.get(path);
  if (exact !== undefined) return { command: exact, last: [] };
  const slash = path.lastIndexOf("/");
  const parent = commands.get(path.slice(0, Math.max(slash, 0)));
  const isCallable = parent !== undefined && !isGroup(parent, commands);
  if (!isCallable) throw new RefusedError(404, "404 page not found");
  return { command: parent, last: [path.slice(slash + 1)] };
}

function isGroup(command: KuboCommand, commands: ReadonlyMap<string, KuboCommand>): boolean {
  const isMade = command.arguments === undefined && command.options === undefined;
  return isMade && [...commands.keys()].some((path) => path.startsWith(`${command.path}/`));
}

function filesOf(exchange: Exchange): AsyncIterable<Part> | undefined {
  const contentType = exchange.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) return undefined;
  if (boundaryOf(contentType) === undefined) {
    throw new RefusedError(400, "no multipart boundary param in Content-Type");
  }
  return readParts(exchange.body, contentType);
}

async function readArguments(
  definitions: readonly ArgumentDefinition[],
  given: readonly string[],
  files: AsyncIterable<Part> | undefined,
): Promise<readonly string[]> {
  const texts = definitions.filter(({ type }) => type === "text");
  const last = texts.at(-1);
  const wanted = last?.isVariadic === true ? Number.POSITIVE_INFINITY : texts.length;
  const args = given.slice(0, wanted);
  if (last?.mayComeFromBody === true && files !== undefined && args.length < wanted) {
    args.push(...(await linesOf(files)).slice(0, wanted - args.length));
  }
  const missing = texts.find(
    ({ isRequired }, index) => isRequired === true && index >= args.length,
  );
  if (missing !== undefined) {
    throw new RefusedError(400, `argument ${JSON.stringify(missing.name)} is required`);
  }
  return args;
}

const linesBytesMax = 16 * 1024 * 1024;

/** The first file's lines. */
async function linesOf(files: AsyncIterable<Part>): Promise<readonly string[]> {
  const pieces: Uint8Array[] = [];
  for await (const part of files) {
    let size = 0;
    for await (const piece of part.body) {
      size += piece.length;
      if (size > linesBytesMax) {
        throw new RefusedError(400, `arguments in the body are longer than ${linesBytesMax} bytes`);
      }
      pieces.push(piece);
    }
    break;
  }
  const lines = Buffer.concat(pieces).toString("utf8").split(/\r?\n/);
  return lines.filter((line) => line !== "");
}
