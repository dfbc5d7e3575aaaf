import { type BlockSource, type CID, decodeCid, type PinMode, type SignalOptions } from "#model";
import type { Keyspace } from "#storage";

import type { CollectionEpoch } from "./collect.ts";
import { NotPinnedError, PinConflictError, PinNameTooLongError } from "./errors.ts";
import type { PinRecord } from "./ports.ts";
import type { PinAddOptions, PinnedBy, PinRecords } from "./types.ts";
import { reaches, walkTree } from "./walk.ts";

/** Kubo's limit. */
const nameBytesMax = 255;
const modeBytes = { recursive: 1, direct: 2 } as const;

interface PinRecordDeps {
  readonly records: Keyspace;
  readonly source: BlockSource;
  readonly localSource: BlockSource;
  readonly epoch: CollectionEpoch;
}

/**
 * Pin records over the keyspace `records`: key = CID bytes, value = mode byte and the name in UTF-8.
 * A recursive record is written only after the whole DAG was seen in `source`.
 */
export class KeyspacePinRecords implements PinRecords {
  readonly #deps: PinRecordDeps;

  constructor(deps: PinRecordDeps) {
    this.#deps = deps;
  }

  async get(cid: CID): Promise<PinRecord | undefined> {
    const value = await this.#deps.records.get(cid.bytes);
    return value === undefined ? undefined : decodeRecord(cid, value);
  }

  async *list(): AsyncGenerator<PinRecord> {
    const entries = this.#deps.records.entries();
    for await (const [key, value] of entries) yield decodeRecord(decodeCid(key), value);
  }

  async add(cid: CID, options: PinAddOptions = {}): Promise<void> {
    const { mode = "recursive", name = "", isWritten = false, signal } = options;
    const { epoch, records } = this.#deps;
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes > nameBytesMax) throw new PinNameTooLongError(nameBytes, nameBytesMax);
    if (mode === "direct" && (await this.get(cid))?.mode === "recursive") {
      throw new PinConflictError(cid.toString(), "already pinned recursively");
    }
    const before = epoch.value;
    if (!isWritten) await this.#see(cid, options);
    signal?.throwIfAborted();
    await records.put(cid.bytes, encodeRecord(mode, name));
    const wasCollecting = before % 2 === 1 || epoch.value !== before;
    if (!isWritten && wasCollecting) await this.#seeAgain(cid, options);
  }

  async remove(cid: CID, options: { readonly mode?: PinMode } = {}): Promise<void> {
    const existing = await this.get(cid);
    if (existing === undefined) throw new NotPinnedError(cid.toString());
    if (options.mode === "direct" && existing.mode === "recursive") {
      throw new PinConflictError(cid.toString(), "is pinned recursively");
    }
    await this.#deps.records.delete(cid.bytes);
  }

  async statusOf(cid: CID, options: SignalOptions = {}): Promise<PinnedBy | undefined> {
    const record = await this.get(cid);
    if (record !== undefined) return { mode: record.mode, name: record.name };
    for await (const { cid: root, mode } of this.list()) {
      const isBelow =
        mode === "recursive" &&
        (await reaches(this.#deps.localSource, { root, cid, signal: options.signal }));
      if (isBelow) return { mode: "indirect", root };
    }
    return undefined;
  }

  /** Reads what the record will promise: it must be here, and decodable, so that a later collection can walk it. */
  async #see(cid: CID, options: PinAddOptions): Promise<void> {
    const { signal, onProgress } = options;
    const source = options.isLocalOnly === true ? this.#deps.localSource : this.#deps.source;
    if (options.mode === "direct") {
      await source.get(cid, { signal });
      return;
    }
    let [blocks, bytes] = [0, 0];
    for await (const block of walkTree(source, cid, { signal })) {
      blocks += 1;
      bytes += block.bytes.length;
      onProgress?.(blocks, bytes);
    }
  }

  /** A collection that began before the record was there may have taken what was seen; the next one will not. */
  async #seeAgain(cid: CID, options: PinAddOptions): Promise<void> {
    await this.#deps.epoch.idle();
    try {
      await this.#see(cid, options);
    } catch (cause) {
      await this.#deps.records.delete(cid.bytes);
      throw cause;
    }
  }
}

function encodeRecord(mode: PinMode, name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(modeBytes[mode]), Buffer.from(name)]);
}

function decodeRecord(cid: CID, value: Uint8Array): PinRecord {
  const mode = value[0] === modeBytes.direct ? "direct" : "recursive";
  return { cid, mode, name: Buffer.from(value.subarray(1)).toString() };
}
