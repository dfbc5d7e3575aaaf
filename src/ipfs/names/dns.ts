import { Resolver } from "node:dns/promises";

import { type Clock, codeOf } from "#lib";
import type { SignalOptions } from "#model";

import { raceAbort, withDeadline } from "./deadline.ts";
import { decodeTxtAnswer, encodeTxtQuery } from "./dns-message.ts";
import { DnsError, InvalidNameSettingError } from "./errors.ts";

/** TXT records of a domain. */
export interface TxtAnswer {
  readonly texts: readonly string[];
  /** How long they may be remembered; undefined when nobody tells. */
  readonly ttlMs: number | undefined;
}

/** Asks for the TXT records of a domain; none when there is no such domain. @throws {DnsError} */
export type TxtLookup = (domain: string, options?: SignalOptions) => Promise<TxtAnswer>;

/** As the global `fetch`, as far as it is used. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface DnsDeps {
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** For domains without a resolver of their own. */
  readonly system: TxtLookup;
}

/** One question and its answer. */
const lookupTimeoutMs = 10_000;

/** A DNS message has 64 KiB at most. */
const answerBytesMax = 64 * 1024;

const messageType = "application/dns-message";

/**
 * DNS over HTTPS (RFC 8484) by domain, for everything else the system's resolver. `resolvers` as Kubo's
 * `DNS.Resolvers`: a domain (`eth.`, or `.` for all others) to a URL; an empty URL is the system's. The longest domain
 * that fits counts.
 * @throws {InvalidNameSettingError}
 */
export function createTxtLookup(
  deps: DnsDeps,
  resolvers: Readonly<Record<string, string>> = {},
): TxtLookup {
  const urls = new Map(
    Object.entries(resolvers).map(([domain, url]) => [normal(domain), checkUrl(domain, url)]),
  );
  return (domain, options = {}) => {
    const url = urlFor(urls, normal(domain));
    const ask = (signal: AbortSignal): Promise<TxtAnswer> =>
      url === ""
        ? deps.system(domain, { signal })
        : askOverHttps(deps.fetch, { url, domain, signal });
    return withDeadline({ clock: deps.clock, timeoutMs: lookupTimeoutMs }, options.signal, ask);
  };
}

/** The resolver of the system; it tells no TTL. `servers` instead of the system's, for tests. */
export function createSystemTxtLookup(servers?: readonly string[]): TxtLookup {
  return async (domain, options = {}) => {
    const resolver = new Resolver({ timeout: 3000, tries: 2 });
    if (servers !== undefined) resolver.setServers([...servers]);
    const onAbort = (): void => resolver.cancel();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const records = await raceAbort(resolver.resolveTxt(domain), options.signal);
      return { texts: joinStrings(records.flat()), ttlMs: undefined };
    } catch (cause) {
      const code = codeOf(cause);
      if (code === "ENOTFOUND" || code === "ENODATA") return { texts: [], ttlMs: undefined };
      if (options.signal?.aborted === true) throw cause;
      throw new DnsError(`lookup ${domain}: ${String(code ?? cause)}`, { cause });
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
    }
  };
}

const stringBytesMax = 255;

/** Bun 1.4.5 gives each string of a record as a record of its own; a full one goes on in the next. */
function joinStrings(strings: readonly string[]): readonly string[] {
  const texts: string[] = [];
  let isOpen = false;
  for (const string of strings) {
    texts.push(isOpen ? `${texts.pop() ?? ""}${string}` : string);
    isOpen = Buffer.byteLength(string) === stringBytesMax;
  }
  return texts;
}

function normal(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, "");
}

function checkUrl(domain: string, url: string): string {
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(url);
  const isFine = url === "" || ((url.startsWith("https://") || isLocal) && URL.canParse(url));
  if (isFine) return url;
  const expected = "expected a URL of DNS over HTTPS, https://… (http:// on this machine alone)";
  throw new InvalidNameSettingError(`bad resolver for ${domain}: ${expected}, got "${url}"`);
}

function urlFor(urls: ReadonlyMap<string, string>, domain: string): string {
  const labels = domain.split(".");
  for (let index = 0; index <= labels.length; index += 1) {
    const url = urls.get(labels.slice(index).join("."));
    if (url !== undefined) return url;
  }
  return "";
}

async function askOverHttps(
  fetch: Fetch,
  question: { readonly url: string; readonly domain: string; readonly signal: AbortSignal },
): Promise<TxtAnswer> {
  const { url, domain, signal } = question;
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": messageType, Accept: messageType },
    body: encodeTxtQuery(domain),
    signal,
  }).catch((cause: unknown) => {
    throw new DnsError(`cannot reach ${url} to look ${domain} up`, { cause });
  });
  const contentType = response.headers.get("content-type") ?? "";
  if (response.status !== 200 || !contentType.startsWith(messageType)) {
    await response.body?.cancel();
    throw new DnsError(`${url} answered ${response.status} of type "${contentType}"`);
  }
  return decodeTxtAnswer(await readBody(response, url));
}

async function readBody(response: Response, url: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.length;
    if (sizeBytes > answerBytesMax) {
      throw new DnsError(`${url} answered more than ${answerBytesMax} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
