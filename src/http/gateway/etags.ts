import { type CID, codec } from "#model";

import type { Wanted } from "./negotiate.ts";

/** Formats in which a block of a structured codec is served as it is. */
export type BlockFormat = "raw" | "json" | "cbor" | "dag-json" | "dag-cbor";

/** A block's own format, for the codecs that have one. */
export const formatByCodec: ReadonlyMap<number, Exclude<BlockFormat, "raw">> = new Map([
  [codec.json, "json"],
  [codec.cbor, "cbor"],
  [codec.dagJson, "dag-json"],
  [codec.dagCbor, "dag-cbor"],
]);

/** Tags of generated pages carry the version of the program that made them: the same directory may look different later. */
export interface PageTags {
  readonly listing: string;
  readonly jsonListing: string;
  readonly preview: string;
}

// Content keeps the DAG's own CID text, v0 or v1: a tag is opaque, and other gateways' caches know it.

export function fileTag(cid: CID): string {
  return `"${cid.toString()}"`;
}

export function blockTag(cid: CID, format: BlockFormat): string {
  return `"${cid.toString()}.${format}"`;
}

/** Strong: depth-first order and no duplicates leave one possible stream. */
export function carTag(cid: CID): string {
  return `"${cid.toString()}.car.all-dfs-n"`;
}

export function pageTags(cid: CID, version: string): PageTags {
  const text = cid.toString();
  return {
    listing: `"DirIndex-${version}_CID-${text}"`,
    jsonListing: `"DirIndex-json-${version}_CID-${text}"`,
    preview: `"DagIndex-${version}_CID-${text}"`,
  };
}

/** Every tag that an answer for this CID can have, content first. */
export function possibleTags(cid: CID, wanted: Wanted, version: string): readonly string[] {
  const own = formatByCodec.get(cid.code);
  const pages = pageTags(cid, version);
  switch (wanted.format) {
    case undefined:
      if (own === undefined) return [fileTag(cid), pages.listing];
      return [blockTag(cid, own), pages.preview];
    case "raw":
      return [blockTag(cid, "raw")];
    case "car":
      return [carTag(cid)];
    case "json":
      return own === undefined
        ? [fileTag(cid), pages.jsonListing]
        : own === "json" || own === "dag-json"
          ? [blockTag(cid, "json")]
          : [];
    case "cbor":
      return own === "cbor" || own === "dag-cbor" ? [blockTag(cid, "cbor")] : [];
    case "dag-json":
    case "dag-cbor":
      return own === wanted.format ? [blockTag(cid, own)] : [];
    case "tar":
    case "ipns-record":
      break;
  }
  return [];
}

/**
 * The first of our tags that an If-None-Match or If-Match header names; `*` names any. Weak comparison takes `W/"x"`
 * for `"x"` (RFC 9110 8.8.3.2).
 */
export function findTag(
  header: string,
  ours: readonly string[],
  comparison: "weak" | "strong",
): string | undefined {
  const listed = new Set<string>();
  for (const tag of header.split(",")) {
    const trimmed = tag.trim();
    if (trimmed === "*") return ours[0];
    listed.add(comparison === "weak" ? opaque(trimmed) : trimmed);
  }
  return ours.find((tag) => listed.has(comparison === "weak" ? opaque(tag) : tag));
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
