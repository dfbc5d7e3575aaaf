import { type ResolvedPath, resolvePath } from "#dag";
import { resolveNamePath } from "#ipfs";
import { type BlockSource, type CID, type ContentPath, parseContentPath } from "#model";

import type { Part } from "../multipart/index.ts";
import { type CidEncoder, createCidEncoder } from "./cid-encoder.ts";
import { defaultKuboOptions, type KuboDeps, type KuboOptions } from "./deps.ts";
import { CommandError } from "./errors.ts";
import type { OptionValue } from "./option-values.ts";
import type { ParsedRequest } from "./parse-request.ts";

/** What a command is asked, and what it may use. */
export class KuboRequest {
  readonly deps: KuboDeps;
  readonly options: KuboOptions;
  readonly arguments: readonly string[];
  /** Aborted by the client's leaving and by the timeout. */
  readonly signal: AbortSignal;
  readonly #values: ReadonlyMap<string, OptionValue>;
  readonly #defaults: ReadonlyMap<string, OptionValue>;
  readonly #files: AsyncIterable<Part> | undefined;

  constructor(deps: KuboDeps, parsed: ParsedRequest, signal: AbortSignal) {
    this.deps = deps;
    this.options = { ...defaultKuboOptions, ...deps.options };
    this.arguments = parsed.arguments;
    this.signal = signal;
    this.#values = parsed.options;
    this.#files = parsed.files;
    const options = parsed.command.options ?? [];
    this.#defaults = new Map(
      options.flatMap((one) =>
        one.default === undefined ? [] : [[one.names[0], one.default] as const],
      ),
    );
  }

  /** Parts of the body; none when it is not multipart. */
  get files(): AsyncIterable<Part> {
    return this.#files ?? nothing();
  }

  /** Where blocks are read: with `offline` only here. */
  get source(): BlockSource {
    const { ipfs } = this.deps;
    return this.isOffline ? ipfs.localSource : ipfs.source;
  }

  /** Whether nothing may be fetched. */
  get isOffline(): boolean {
    return this.flag("offline") === true || this.flag("local") === true;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    return typeof value === "boolean" ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#value(name);
    return typeof value === "number" ? value : undefined;
  }

  /** @throws {CommandError} for a base that there is not */
  cidEncoder(): CidEncoder {
    return createCidEncoder(this.text("cid-base"), this.flag("upgrade-cidv0-in-output"));
  }

  /** Follows a path or CID to its end. @throws {InvalidPathError | LinkNotFoundError | BlockNotFoundError} */
  async resolve(text: string, source: BlockSource = this.source): Promise<ResolvedPath> {
    const { signal } = this;
    const path = await this.#resolveName(parseContentPath(text));
    return resolvePath(source, path, { signal });
  }

  /** As `resolve`, for what must be a block. */
  async resolveBlock(text: string, source?: BlockSource): Promise<CID> {
    const { cid, remainder } = await this.resolve(text, source);
    if (remainder.length === 0) return cid;
    throw new CommandError(
      `${JSON.stringify(text)} ends within a block, at ${remainder.join("/")}`,
    );
  }

  #resolveName(path: ContentPath): Promise<ContentPath> {
    const { signal } = this;
    const { resolveName, ipfs } = this.deps;
    if (path.cid !== undefined) return Promise.resolve(path);
    if (resolveName !== undefined) return resolveName(path, { signal });
    const isLocalOnly = this.flag("offline") === true || this.flag("local") === true;
    return resolveNamePath(ipfs.names, path, { signal, isLocalOnly });
  }

  #value(name: string): OptionValue | undefined {
    return this.#values.get(name) ?? this.#defaults.get(name);
  }
}

async function* nothing(): AsyncGenerator<Part> {
  // nothing to give
}
