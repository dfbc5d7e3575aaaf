import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";

import { messageOf } from "#lib";
import { CID, codec } from "#model";

import { UndecodableBlockError } from "./errors.ts";

const plainJson = new TextDecoder("utf-8", { fatal: true });

/** Whether the codec holds a value of maps and lists that a path can go into. */
export function isValueCodec(code: number): boolean {
  return (
    code === codec.dagCbor || code === codec.dagJson || code === codec.json || code === codec.cbor
  );
}

/** The value in a dag-cbor, dag-json, json or cbor block. Links are CIDs. @throws {UndecodableBlockError} */
export function decodeValue(cid: CID, bytes: Uint8Array): unknown {
  try {
    if (cid.code === codec.dagJson) return dagJson.decode(bytes);
    if (cid.code === codec.json) return JSON.parse(plainJson.decode(bytes));
    return dagCbor.decode(bytes);
  } catch (cause) {
    throw new UndecodableBlockError(cid, messageOf(cause));
  }
}

/** A link inside of a value and where it is, as path segments joined by `/`. */
export interface ValueLink {
  readonly path: string;
  readonly cid: CID;
}

/** Every link of a value in the order of its encoding, each as often as it occurs. */
export function* linksIn(value: unknown, path = ""): Generator<ValueLink> {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  const cid = CID.asCID(value);
  if (cid !== null) {
    yield { path, cid };
    return;
  }
  const keys = Object.keys(value);
  if (!Array.isArray(value) && /^\d/.test(keys[0] ?? "")) keys.sort(byEncoding);
  for (const key of keys) {
    const child: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
    yield* linksIn(child, path === "" ? key : `${path}/${key}`);
  }
}

/** JavaScript puts keys that look like numbers first; dag-cbor puts short ones first, then bytewise. */
function byEncoding(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || left.compare(right);
}

/** What a map has under a key or a list at an index; undefined when it has nothing there. */
export function childOf(value: unknown, segment: string): { readonly value: unknown } | undefined {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
  if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(segment)) return undefined;
  const property = Object.getOwnPropertyDescriptor(value, segment);
  return property === undefined ? undefined : { value: property.value };
}
