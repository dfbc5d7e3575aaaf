import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";

import { messageOf } from "#lib";
import { type CID, codec } from "#model";

import { escapeHtml, page } from "./html.ts";
import { versionOne } from "./places.ts";

/** A dag-json or dag-cbor block for people: its value as DAG-JSON, and where to get the bytes. */
export function previewPage(cid: CID, block: Uint8Array, path: string): string {
  const name = cid.code === codec.dagCbor ? "dag-cbor" : "dag-json";
  return (
    `${page.start(escapeHtml(path))}<h1>${escapeHtml(path)}</h1>\n` +
    `<p class="ipfs-hash" translate="no">${versionOne(cid)}</p>\n` +
    `<p>${name}, ${block.length} bytes: <a href="?format=${name}">as it is</a>, ` +
    `<a href="?format=raw">raw block</a></p>\n<pre>${escapeHtml(render(cid, block))}</pre>\n${page.end}`
  );
}

function render(cid: CID, block: Uint8Array): string {
  try {
    const value: unknown =
      cid.code === codec.dagCbor ? dagCbor.decode(block) : dagJson.decode(block);
    const text = new TextDecoder().decode(dagJson.encode(value));
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch (cause) {
    return `The block cannot be decoded: ${messageOf(cause)}`;
  }
}
