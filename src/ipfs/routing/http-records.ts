import { peerIdBytes, peerIdText } from "#model";

import type { Provider } from "../exchange/types.ts";

/**
 * A record of `/routing/v1` as a provider: schemas `peer` and `bitswap`, and unknown ones that look like a peer. Undefined
 * for what is not, so that one bad record spoils no answer.
 */
export function toProvider(record: unknown, addressesMax: number): Provider | undefined {
  if (!isObject(record)) return undefined;
  const peer = toPeer(record["ID"]);
  if (peer === undefined) return undefined;
  const addresses = texts(record["Addrs"], addressesMax).filter((address) =>
    address.startsWith("/"),
  );
  const isBitswap = record["Schema"] === "bitswap";
  const protocols = texts(isBitswap ? [record["Protocol"]] : record["Protocols"], protocolsMax);
  return { peer, addresses, protocols };
}

/** The records of a JSON answer: `Providers` or `Peers`; null and absence are none. */
export function recordsOf(answer: unknown): readonly unknown[] {
  if (!isObject(answer)) return [];
  for (const name of ["Providers", "Peers"]) {
    const list = answer[name];
    if (Array.isArray(list)) return list;
  }
  return [];
}

const protocolsMax = 16;
const textMax = 1024;

function toPeer(id: unknown): string | undefined {
  if (typeof id !== "string" || id.length > textMax) return undefined;
  try {
    return peerIdText(peerIdBytes(id));
  } catch {
    return undefined; // no peer that we could speak to
  }
}

function texts(value: unknown, max: number): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isText).slice(0, max);
}

function isText(item: unknown): item is string {
  return typeof item === "string" && item.length <= textMax;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
