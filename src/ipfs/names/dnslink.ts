import { CodedError } from "#lib";
import type { SignalOptions } from "#model";

import type { TxtLookup } from "./dns.ts";
import { NameNotResolvedError } from "./errors.ts";
import { cleanPath } from "./paths.ts";

/** Whether a text could be a domain: labels of 1 to 63 bytes, 253 together. */
export function isDomain(text: string): boolean {
  const domain = text.replace(/\.$/, "");
  const labels = domain.split(".").map((label) => Buffer.byteLength(label));
  return Buffer.byteLength(domain) <= 253 && labels.every((size) => size >= 1 && size <= 63);
}

/**
 * Where a domain's DNSLink leads: the one TXT record of `_dnslink.` that holds a path. As boxo, which asks nowhere else.
 * @throws {NameNotResolvedError}
 */
export async function lookupDnsLink(
  lookup: TxtLookup,
  domain: string,
  options: SignalOptions = {},
): Promise<{ readonly path: string; readonly ttlMs: number | undefined }> {
  const full = domain.endsWith(".") ? domain : `${domain}.`;
  const fail = (problem: string, cause?: unknown): never => {
    const message = `DNSLink lookup for ${JSON.stringify(full)} failed: ${problem}`;
    throw new NameNotResolvedError(domain, message, { cause });
  };
  const answer = await lookup(`_dnslink.${full}`, options).catch((cause: unknown) => {
    if (cause instanceof CodedError) return fail(cause.message, cause);
    throw cause;
  });
  const paths = answer.texts.flatMap((text) => pathOf(text) ?? []);
  const [path] = paths;
  if (path === undefined) {
    const hint = "(https://docs.ipfs.tech/concepts/dnslink/)";
    return fail(`could not resolve name: DNSLink lookup could not find a TXT record ${hint}`);
  }
  if (paths.length === 1) return { path, ttlMs: answer.ttlMs };
  const advice = "ask domain owner to remove duplicate TXT records";
  return fail(
    `could not resolve name: DNSLink lookup returned more than one IPFS content path; ${advice}`,
  );
}

/** `dnslink=/ipfs/…`, or as old records have it without the word, or a CID alone. */
function pathOf(text: string): string | undefined {
  const value = text.startsWith("dnslink=") ? text.slice("dnslink=".length) : text;
  try {
    const path = cleanPath(value.startsWith("/") ? value : `/ipfs/${value}`);
    return path.startsWith("/ipld/") ? undefined : path;
  } catch {
    return undefined; // a TXT record for something else
  }
}
