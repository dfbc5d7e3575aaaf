import type { AddedOutputJson, AddParams, UploadEntry } from "#api";
import type { PinOptions } from "#model";

import type { CommandRun, Context } from "../command.ts";
import { CommandFailedError, UsageError } from "../errors.ts";
import { findRest } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { isJson, toJson } from "../output.ts";
import { pinOptionsOf } from "../pin-options.ts";
import { createProgressBar, type ProgressBar } from "../progress-bar.ts";
import { isUrl, nameInUrl } from "../url-argument.ts";
import { waitForStatus } from "../wait-for-status.ts";
import { countBytes, walkFiles } from "../walk-files.ts";
import { watchFailure } from "../watch-failure.ts";

/** Adds files, folders and stdin in one request; several paths are wrapped in a directory, as ctl does. */
export const runAdd: CommandRun = async (input, context) => {
  const params = addParamsOf(input);
  const client = await findRest(input, context);
  const bar = createProgressBar(context, isProgressWanted(input, context));
  const stop = new AbortController();
  void totalOf(input, stop.signal).then((total) => bar.setTotal(total));
  const upload = watchFailure(entriesOf(input, context));
  const printer = new AddPrinter(input, context, bar);
  try {
    const onProgress = (bytes: number): void => bar.update(bytes);
    for await (const added of client.add(upload.entries, { params, onProgress })) {
      await printer.print(added);
    }
  } catch (cause) {
    // what went wrong here explains why the connection broke
    throw upload.failure() ?? cause;
  } finally {
    stop.abort();
    bar.clear();
  }
  await printer.finish();
  if (input.flag("wait") && printer.lastCid !== undefined && params.noPin !== true) {
    await waitForStatus(client, printer.lastCid, {
      target: "pinned",
      timeoutMs: input.durationMs("wait-timeout"),
    });
  }
};

type Params = Partial<Omit<AddParams, "pin">> & { readonly pin?: Partial<PinOptions> };

function addParamsOf(input: Input): Params {
  const isCar = input.text("format") === "car";
  const isWrapped = input.flag("wrap-with-directory") || input.arguments.length > 1;
  if (isCar && isWrapped) {
    const problem = "only a single CAR file can be added, and not wrapped in a directory";
    throw new UsageError(problem, "add");
  }
  const { mode: _always, ...pin } = pinOptionsOf(input);
  const hash = input.text("hash");
  const versionOfHash = hash === undefined || hash === "sha2-256" ? undefined : 1;
  const layout = layoutOf(input);
  const chunker = input.text("chunker");
  const cidVersion = input.number("cid-version") ?? versionOfHash;
  const rawLeaves = input.optionalFlag("raw-leaves");
  return {
    pin,
    ...(isCar && { format: "car" }),
    ...(layout !== undefined && { layout }),
    ...(chunker !== undefined && { chunker }),
    ...(hash !== undefined && { hash }),
    ...(cidVersion !== undefined && { cidVersion }),
    ...(rawLeaves !== undefined && { rawLeaves }),
    ...(isWrapped && { wrapWithDirectory: true }),
    ...(input.flag("local") && { local: true }),
    ...(input.flag("no-pin") && { noPin: true }),
  };
}

function layoutOf(input: Input): "balanced" | "trickle" | undefined {
  const layout = input.text("layout") ?? (input.flag("trickle") ? "trickle" : undefined);
  if (layout === undefined || layout === "balanced" || layout === "trickle") return layout;
  throw new UsageError(`flag --layout: expected balanced or trickle, got "${layout}"`, "add");
}

function isProgressWanted(input: Input, context: Context): boolean {
  return input.optionalFlag("progress") ?? context.isTerminal.stderr;
}

function walkOptions(input: Input): { isRecursive: boolean; hasHidden: boolean } {
  return { isRecursive: input.flag("recursive"), hasHidden: input.flag("hidden") };
}

function totalOf(input: Input, signal: AbortSignal): Promise<number> {
  const isKnown = !input.arguments.some((path) => path === "-" || isUrl(path));
  return isKnown
    ? countBytes(input.arguments, { ...walkOptions(input), signal })
    : Promise.resolve(0);
}

async function* entriesOf(input: Input, context: Context): AsyncGenerator<UploadEntry> {
  for (const path of input.arguments) {
    if (path === "-") {
      yield { path: input.text("stdin-name") ?? "", type: "file", content: context.stdin };
    } else if (isUrl(path)) yield await download(path, context.signal);
    else yield* walkFiles(path, walkOptions(input));
  }
}

async function download(url: string, signal: AbortSignal): Promise<UploadEntry> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) {
    throw new CommandFailedError(`${url}: the server answered ${response.status}`);
  }
  const path = nameInUrl(url) || new URL(url).hostname;
  return { path, type: "file", content: response.body };
}

class AddPrinter {
  lastCid: string | undefined;
  readonly #input: Input;
  readonly #context: Context;
  readonly #bar: ProgressBar;
  readonly #kept: AddedOutputJson[] = [];

  constructor(input: Input, context: Context, bar: ProgressBar) {
    this.#input = input;
    this.#context = context;
    this.#bar = bar;
  }

  async print(added: AddedOutputJson): Promise<void> {
    if (added.cid === null) return;
    this.lastCid = added.cid;
    if (this.#input.flag("quieter")) return;
    if (this.#input.flag("no-stream")) this.#kept.push(added);
    else {
      if (this.#context.isTerminal.stdout) this.#bar.clear();
      await this.#context.write(`${this.#textOf(added)}\n`);
    }
  }

  async finish(): Promise<void> {
    if (this.#input.flag("quieter")) {
      if (this.lastCid !== undefined) await this.#context.write(`${this.lastCid}\n`);
    } else if (this.#input.flag("no-stream")) {
      const text = isJson(this.#input)
        ? toJson(this.#kept)
        : this.#kept.map((added) => this.#textOf(added)).join("\n");
      await this.#context.write(`${text}\n`);
    }
  }

  #textOf(added: AddedOutputJson): string {
    if (isJson(this.#input)) return toJson(added);
    return this.#input.flag("quiet") ? (added.cid ?? "") : `added ${added.cid} ${added.name}`;
  }
}
