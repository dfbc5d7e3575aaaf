import { DhtMessageError } from "./errors.ts";
import { readFields, varintBytes, Writer } from "./protobuf.ts";

/** Numbers of libp2p's kad-dht specification. */
export const messageType = {
  putValue: 0,
  getValue: 1,
  addProvider: 2,
  getProviders: 3,
  findNode: 4,
  ping: 5,
} as const;

/** A message as the wire has it: ids are multihashes, addresses binary multiaddrs. */
export interface DhtMessage {
  readonly type: number;
  readonly key: Uint8Array;
  readonly record: DhtRecord | undefined;
  readonly closer: readonly WirePeer[];
  readonly providers: readonly WirePeer[];
}

export interface DhtRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** RFC 3339, set by whoever stores it. */
  readonly timeReceived: string;
}

export interface WirePeer {
  readonly id: Uint8Array;
  readonly addresses: readonly Uint8Array[];
}

/** Peers read from one message, and addresses of one peer; what is beyond is left out. */
const peersMax = 128;
const addressesMax = 32;

const none = new Uint8Array();

/** @throws {DhtMessageError} */
export function decodeMessage(bytes: Uint8Array): DhtMessage {
  let type = 0;
  let key: Uint8Array = none;
  let record: DhtRecord | undefined;
  const closer: WirePeer[] = [];
  const providers: WirePeer[] = [];
  for (const { number, value } of readFields(bytes)) {
    if (number === 1 && typeof value === "number") type = value;
    if (typeof value === "number") continue;
    if (number === 2) key = value;
    if (number === 3) record = decodeRecord(value);
    if (number === 8 && closer.length < peersMax) closer.push(decodePeer(value));
    if (number === 9 && providers.length < peersMax) providers.push(decodePeer(value));
  }
  if (type > messageType.ping) throw new DhtMessageError(`unknown type ${type}`);
  return { type, key, record, closer, providers };
}

export function encodeMessage(message: Partial<DhtMessage>): Uint8Array {
  const writer = new Writer().number(1, message.type ?? 0);
  if (message.key !== undefined) writer.bytes(2, message.key);
  if (message.record !== undefined) writer.bytes(3, encodeRecord(message.record));
  for (const peer of message.closer ?? []) writer.bytes(8, encodePeer(peer));
  for (const peer of message.providers ?? []) writer.bytes(9, encodePeer(peer));
  return writer.finish();
}

/** `ADD_PROVIDER` messages of one provider, each behind its length: all that differs is the key. */
export function encodeAddProvider(provider: WirePeer): (multihash: Uint8Array) => Uint8Array {
  const tail = new Writer().bytes(9, encodePeer(provider)).finish();
  return (multihash) => {
    const head = new Writer().number(1, messageType.addProvider).bytes(2, multihash);
    return new Writer()
      .raw(varintBytes(head.sizeBytes + tail.length))
      .raw(head.finish())
      .raw(tail)
      .finish();
  };
}

function decodeRecord(bytes: Uint8Array): DhtRecord {
  let key: Uint8Array = none;
  let value: Uint8Array = none;
  let timeReceived = "";
  for (const field of readFields(bytes)) {
    if (typeof field.value === "number") continue;
    if (field.number === 1) key = field.value;
    if (field.number === 2) value = field.value;
    if (field.number === 5) timeReceived = new TextDecoder().decode(field.value);
  }
  return { key, value, timeReceived };
}

export function encodeRecord(record: DhtRecord): Uint8Array {
  const writer = new Writer().bytes(1, record.key).bytes(2, record.value);
  if (record.timeReceived !== "") {
    writer.bytes(5, new TextEncoder().encode(record.timeReceived));
  }
  return writer.finish();
}

function decodePeer(bytes: Uint8Array): WirePeer {
  let id: Uint8Array = none;
  const addresses: Uint8Array[] = [];
  for (const { number, value } of readFields(bytes)) {
    if (typeof value === "number") continue;
    if (number === 1) id = value;
    if (number === 2 && addresses.length < addressesMax) addresses.push(value);
  }
  return { id, addresses };
}

function encodePeer(peer: WirePeer): Uint8Array {
  const writer = new Writer().bytes(1, peer.id);
  for (const address of peer.addresses) writer.bytes(2, address);
  return writer.finish();
}
