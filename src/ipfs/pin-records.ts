import { type BlockSource, type CID, decodeCid, type PinMode, type SignalOptions } from "#model";
import type { Keyspace } from "#storage";

import { NotPinnedError, PinConflictError, PinNameTooLongError } from "./errors.ts";
import { DagFetch } from "./fetch/dag-fetch.ts";
import type { FetchDeps, PinProgress } from "./fetch/types.ts";
import type { PinRecord } from "./ports.ts";
import type { PinAddOptions, PinnedBy, PinRecords } from "./types.ts";
import { reaches } from "./walk.ts";

/** Kubo's limit. */
const nameBytesMax = 255;
const modeBytes = { recursive: 1, direct: 2 } as const;

interface PinRecordDeps extends FetchDeps {
  readonly records: Keyspace;
  readonly localSource: BlockSource;
  /** Told of every record when it is durable. */
  readonly onPinned?: (cid: CID) => void;
}

/**
 * Pin records over the keyspace `records`: key = CID bytes, value = mode byte and the name in UTF-8.
 * A record is written only when all that it promises is here and durable.
 */
export class KeyspacePinRecords implements PinRecords {
  readonly #deps: PinRecordDeps;
  readonly #fetches = new Set<{ readonly cid: CID; readonly fetch: DagFetch }>();

  constructor(deps: PinRecordDeps) {
    this.#deps = deps;
  }

  async get(cid: CID): Promise<PinRecord | undefined> {
    const value = await this.#deps.records.get(cid.bytes);
    return value === undefined ? undefined : decodeRecord(cid, value);
  }

  async modesOf(cids: readonly CID[]): Promise<readonly (PinMode | undefined)[]> {
    const values = await this.#deps.records.getMany(cids.map(({ bytes }) => bytes));
    return values.map((value) => value && modeOf(value));
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
    using _ = epoch.enter({ cid, isDeep: mode === "recursive" });
    if (!isWritten) await this.#bring(cid, options);
    signal?.throwIfAborted();
    await records.put(cid.bytes, encodeRecord(mode, name));
    this.#deps.onPinned?.(cid);
  }

  progress(cid: CID): PinProgress | undefined {
    let most: PinProgress | undefined;
    for (const { cid: other, fetch } of this.#fetches) {
      const one = cid.equals(other) ? fetch.progress() : undefined;
      if (one !== undefined && one.totalBlocks >= (most?.totalBlocks ?? 0)) most = one;
    }
    return most;
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

  /** Looks for what the record will promise, and fetches what is missing. */
  async #bring(cid: CID, options: PinAddOptions): Promise<void> {
    const { mode, signal, isLocalOnly, origins = [], onProgress } = options;
    await using fetch = new DagFetch(this.#deps, {
      root: cid,
      isDeep: mode !== "direct",
      mayFetch: isLocalOnly !== true,
      hints: origins,
      signal,
      onProgress,
    });
    const entry = { cid, fetch };
    this.#fetches.add(entry);
    try {
      await fetch.run();
    } finally {
      this.#fetches.delete(entry);
    }
  }
}

function encodeRecord(mode: PinMode, name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(modeBytes[mode]), Buffer.from(name)]);
}

function decodeRecord(cid: CID, value: Uint8Array): PinRecord {
  return { cid, mode: modeOf(value), name: Buffer.from(value.subarray(1)).toString() };
}

function modeOf(value: Uint8Array): PinMode {
  return value[0] === modeBytes.direct ? "direct" : "recursive";
}
