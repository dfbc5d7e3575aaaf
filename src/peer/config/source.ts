import { messageOf } from "#lib";

import { InvalidConfigError } from "../errors.ts";
import { type Document, parseDocument } from "./document.ts";
import { hidePassword } from "./secrets.ts";

/** What fetches a configuration from elsewhere. */
export type Fetch = (url: string, options: { readonly signal: AbortSignal }) => Promise<Response>;

const patienceMs = 60_000;
const sourceBytesMax = 4 * 1024 * 1024;

/**
 * The configuration that `source` names, as IPFS Cluster takes it: one GET, redirects followed.
 * @throws {InvalidConfigError} when there is none to be had in a minute, or it names a source itself
 */
export async function fetchSource(url: string, fetch: Fetch): Promise<Document> {
  const place = hidePassword(url);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error("no answer in a minute")), patienceMs);
  try {
    const response = await answerOf(place, () => fetch(url, { signal: abort.signal }));
    const body = await answerOf(place, () => textOf(response));
    if (response.status >= 300) {
      const goMessage = `unsuccessful request (${response.status}): ${body.slice(0, 1000)}`;
      throw new InvalidConfigError(place, goMessage, { goMessage });
    }
    const document = parseDocument(place, body);
    const inner = document["source"];
    if (inner === undefined || inner === "") return document;
    const goMessage = "a sourced configuration cannot point to another source";
    throw new InvalidConfigError(place, goMessage, { goMessage });
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf<T>(place: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const goMessage = `could not fetch configuration from source: ${place}`;
    const problem = `could not fetch configuration from source: ${messageOf(cause)}`;
    throw new InvalidConfigError(place, problem, { cause, goMessage });
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > sourceBytesMax) throw new Error(`it has more than ${sourceBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
