import type { Clock } from "#lib";

import type { TxtLookup } from "./dns.ts";
import { isDomain, lookupDnsLink } from "./dnslink.ts";
import { InvalidNameError, NameNotResolvedError, NameTooDeepError } from "./errors.ts";
import type { NameCache } from "./name-cache.ts";
import { findNameId, type NameId } from "./name-id.ts";
import { formatPath, joinPath, type NamePath, parsePath } from "./paths.ts";
import type { RecordSearch } from "./record-search.ts";
import type { NameRecord } from "./record.ts";
import { SharedLookups } from "./shared-lookups.ts";
import { msOf } from "./time.ts";
import type { ResolvedName, ResolveNameOptions } from "./types.ts";

export interface ResolverDeps {
  readonly search: RecordSearch;
  readonly cache: NameCache;
  readonly lookupTxt: TxtLookup;
  /** Names that lead where it says. */
  readonly staticNames: ReadonlyMap<string, string>;
  readonly clock: Clock;
}

/** As boxo: names of names, so many. */
const depthMax = 32;

/** For answers that do not say how long they hold: the system's DNS, and records without a TTL. */
const unknownTtlMs = 60_000;

/** Follows names: those of keys by their records, domains by DNSLink. */
export class NameResolver {
  readonly #deps: ResolverDeps;
  readonly #shared = new SharedLookups<ResolvedName>();

  constructor(deps: ResolverDeps) {
    this.#deps = deps;
  }

  async resolve(text: string, options: ResolveNameOptions): Promise<ResolvedName> {
    let path = parseName(text);
    let ttlMs = 0;
    for (let depth = 0; depth < depthMax; depth += 1) {
      const answer = await this.#lookup(path.root, options);
      ttlMs = shorterTtl(ttlMs, answer.ttlMs);
      path = parsePath(joinPath(answer.path, path.rest));
      if (path.namespace !== "ipns" || options.isRecursive === false) {
        return { path: formatPath(path), ttlMs };
      }
    }
    throw new NameTooDeepError(depthMax);
  }

  /** Each better answer. */
  async *stream(
    text: string,
    options: ResolveNameOptions,
    depth = 1,
  ): AsyncGenerator<ResolvedName> {
    const { root, rest } = parseName(text);
    for await (const answer of this.#answers(root, options)) {
      const path = parsePath(joinPath(answer.path, rest));
      const result = { path: formatPath(path), ttlMs: answer.ttlMs };
      if (path.namespace !== "ipns" || options.isRecursive === false) yield result;
      else if (depth >= depthMax) throw new NameTooDeepError(depthMax);
      else {
        for await (const below of this.stream(result.path, options, depth + 1)) {
          yield { path: below.path, ttlMs: shorterTtl(result.ttlMs, below.ttlMs) };
        }
      }
    }
  }

  /** The best answer for one name, without following it. */
  #lookup(root: string, options: ResolveNameOptions): Promise<ResolvedName> {
    const { signal } = options;
    const last = async (lookupSignal: AbortSignal | undefined): Promise<ResolvedName> => {
      let best: ResolvedName | undefined;
      const answers = this.#answers(root, { ...options, signal: lookupSignal });
      for await (const answer of answers) best = answer;
      if (best === undefined) throw new NameNotResolvedError(root);
      return best;
    };
    const isUsual =
      options.isCacheSkipped !== true &&
      options.isLocalOnly !== true &&
      options.recordCount === undefined &&
      options.timeoutMs === undefined;
    return isUsual ? this.#shared.run(root, signal, last) : last(signal);
  }

  async *#answers(root: string, options: ResolveNameOptions): AsyncGenerator<ResolvedName> {
    const name = findNameId(root);
    const key = name?.text ?? root.toLowerCase();
    const known = this.#known(root, key, options);
    if (known === undefined) yield* this.#asked({ root, name, key }, options);
    else yield known;
  }

  /** What the static names say, and what is remembered. */
  #known(root: string, key: string, options: ResolveNameOptions): ResolvedName | undefined {
    const { cache, staticNames } = this.#deps;
    const fixed = staticNames.get(key) ?? staticNames.get(root.toLowerCase());
    if (fixed !== undefined) return { path: fixed, ttlMs: 0 };
    return options.isCacheSkipped === true ? undefined : cache.get(key);
  }

  async *#asked(
    asked: { readonly root: string; readonly name: NameId | undefined; readonly key: string },
    options: ResolveNameOptions,
  ): AsyncGenerator<ResolvedName> {
    const { root, name, key } = asked;
    let best: ResolvedName | undefined;
    const answers =
      name === undefined ? this.#dnsLink(root, options) : this.#keyName(name, options);
    for await (const answer of answers) {
      best = answer;
      yield answer;
    }
    if (best === undefined) throw new NameNotResolvedError(root);
    if (options.isLocalOnly !== true) this.#deps.cache.set(key, best);
  }

  async *#dnsLink(domain: string, options: ResolveNameOptions): AsyncGenerator<ResolvedName> {
    if (!isDomain(domain)) {
      throw new InvalidNameError(domain, `cannot resolve: ${JSON.stringify(`/ipns/${domain}`)}`);
    }
    const { path, ttlMs = unknownTtlMs } = await lookupDnsLink(
      this.#deps.lookupTxt,
      domain,
      options,
    );
    yield { path, ttlMs };
  }

  async *#keyName(name: NameId, options: ResolveNameOptions): AsyncGenerator<ResolvedName> {
    const records = this.#deps.search.records(name, options);
    for await (const record of records) yield this.#answerOf(name, record);
  }

  #answerOf(name: NameId, record: NameRecord): ResolvedName {
    if (record.value === undefined) {
      throw new NameNotResolvedError(name.text, "value is not a valid content path");
    }
    return { path: record.value, ttlMs: ttlOf(record, this.#deps.clock.now()) };
  }
}

/** How long a record's answer holds: its TTL, but not beyond its end. */
export function ttlOf({ ttlNs, validUntilNs }: NameRecord, nowMs: number): number {
  const ttlMs = ttlNs === undefined ? unknownTtlMs : msOf(ttlNs);
  const leftMs = validUntilNs === undefined ? ttlMs : msOf(validUntilNs) - nowMs;
  return Math.max(0, Math.min(ttlMs, leftMs));
}

/** A path under /ipns, or a name alone. @throws {InvalidPathError} {InvalidNameError} */
function parseName(text: string): NamePath {
  const isPath = text.startsWith("/") || /^ip[fn]s:/.test(text);
  const path = parsePath(isPath ? text : `/ipns/${text}`);
  if (path.namespace === "ipns") return path;
  throw new InvalidNameError(text, `${JSON.stringify(text)} is not an IPNS name`);
}

/** Of two TTLs the shorter; zero is unknown. */
function shorterTtl(a: number, b: number): number {
  return Math.min(a, b) > 0 ? Math.min(a, b) : Math.max(a, b, 0);
}
