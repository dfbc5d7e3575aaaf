import type { IncomingHttpHeaders } from "node:http";

import { UnknownFormatError } from "./errors.ts";

/** Media types of the formats that a client can ask for by name (path-gateway spec, `format`). */
export const mediaTypes = {
  raw: "application/vnd.ipld.raw",
  car: "application/vnd.ipld.car",
  tar: "application/x-tar",
  json: "application/json",
  cbor: "application/cbor",
  "dag-json": "application/vnd.ipld.dag-json",
  "dag-cbor": "application/vnd.ipld.dag-cbor",
  "ipns-record": "application/vnd.ipfs.ipns-record",
} as const;

export type Format = keyof typeof mediaTypes;

/** How the content is wanted. */
export interface Wanted {
  /** Undefined: as files and pages. */
  readonly format: Format | undefined;
  /** Whether the format comes from Accept alone, so that the answer names its own URL. */
  readonly isByAccept: boolean;
  /** Parameters that came with the format's media type. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether text/html is named: previews and error pages are for people only. */
  readonly mayBeHtml: boolean;
}

interface AcceptRange {
  readonly mediaType: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

const noParameters: ReadonlyMap<string, string> = new Map();
const asFiles: Wanted = {
  format: undefined,
  isByAccept: false,
  parameters: noParameters,
  mayBeHtml: false,
};
const formatNames = [
  "raw",
  "car",
  "tar",
  "json",
  "cbor",
  "dag-json",
  "dag-cbor",
  "ipns-record",
] as const satisfies readonly Format[];
const formats: ReadonlyMap<string, Format> = new Map(
  formatNames.map((format) => [mediaTypes[format], format]),
);
const generic = new Set(["*/*", "text/html", "application/xhtml+xml"]);
/** An Accept header with more ranges than this is a mistake; the rest is not looked at. */
const rangesMax = 32;

/**
 * Decides between `?format=` and Accept: the URL wins (IPIP-523), then the best quality, then the order.
 * @throws {UnknownFormatError} for a `?format=` that is none
 */
export function negotiate(
  headers: IncomingHttpHeaders,
  query: URLSearchParams | undefined,
): Wanted {
  const named = query?.get("format") ?? "";
  const accept = headers.accept;
  if (named === "" && (accept === undefined || accept === "*/*")) return asFiles;
  const ranges = parseAccept(accept ?? "");
  const mayBeHtml = ranges.some(({ mediaType }) => mediaType === "text/html");
  if (named !== "") return { ...byName(named, ranges), mayBeHtml };
  const best = bestOf(ranges);
  const format = best === undefined ? undefined : formats.get(best.mediaType);
  if (best === undefined || format === undefined) return { ...asFiles, mayBeHtml };
  return { format, isByAccept: true, parameters: best.parameters, mayBeHtml };
}

function byName(name: string, ranges: readonly AcceptRange[]): Omit<Wanted, "mayBeHtml"> {
  const format = formatNames.find((known) => known === name);
  if (format === undefined) throw new UnknownFormatError(name, formatNames);
  const same = ranges.find(({ mediaType }) => mediaType === mediaTypes[format]);
  return { format, isByAccept: false, parameters: same?.parameters ?? noParameters };
}

function bestOf(ranges: readonly AcceptRange[]): AcceptRange | undefined {
  // who takes JSON "or anything" means whatever is there, as browsers' fetch libraries do
  const takesAnything = ranges.some(({ mediaType }) => generic.has(mediaType));
  let best: AcceptRange | undefined;
  for (const range of ranges) {
    const isPlain = range.mediaType === mediaTypes.json || range.mediaType === mediaTypes.cbor;
    const isKnown = formats.has(range.mediaType) || generic.has(range.mediaType);
    if (!isKnown || (isPlain && takesAnything)) continue;
    if (best === undefined || range.quality > best.quality) best = range;
  }
  return best;
}

function parseAccept(accept: string): AcceptRange[] {
  const ranges: AcceptRange[] = [];
  for (const item of accept.split(",", rangesMax)) {
    const [mediaType = "", ...rest] = item.split(";");
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const [name = "", value = ""] = parameter.split("=", 2);
      parameters.set(name.trim().toLowerCase(), value.trim().replaceAll('"', ""));
    }
    const quality = Number(parameters.get("q") ?? "1");
    if (quality > 0)
      ranges.push({ mediaType: mediaType.trim().toLowerCase(), quality, parameters });
  }
  return ranges;
}
