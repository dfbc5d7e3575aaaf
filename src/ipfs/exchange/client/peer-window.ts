import type { BlockKey } from "../codec/block-key.ts";

interface Asked {
  readonly at: number;
  readonly bytes: number;
}

export interface WindowBounds {
  readonly outstandingWantsMax: number;
  readonly windowBytesMin: number;
  readonly windowBytesMax: number;
  readonly stallMs: number;
  readonly stallMinMs: number;
  readonly stallMaxMs: number;
}

/** Until it is known better, a peer is taken to send so many bytes a second. */
const speedUnknown = 4 * 1024 * 1024;
/** Share of the newest measurement in the speed. */
const newest = 0.3;
const measureMs = 100;
/** After so long the way to a peer may be another one. */
const quickestForMs = 30_000;
/** What a peer is asked for beyond what is under way: time for its disk, and for us to ask again. */
const spareBytesMax = 3 * 1024 * 1024;

/**
 * How much one peer is asked for at once: as much as keeps it busy, and not much more, since all of it may come while we
 * can take nothing, and what it was asked last waits behind the rest. Found from its speed and its shortest delay.
 */
export class PeerWindow {
  readonly #bounds: WindowBounds;
  readonly #asked = new Map<BlockKey, Asked>();
  #bytes = 0;
  #limitBytes: number;
  #isFull = false;
  #quickestMs = 1;
  #quickestAt = -Infinity;
  #usualMs: number | undefined;
  #measured = { since: 0, bytes: 0 };
  #speed: number | undefined;
  /** When the peer last sent a block that was wanted. */
  lastBlockAt = 0;

  constructor(bounds: WindowBounds) {
    this.#bounds = bounds;
    this.#limitBytes = Math.min(4 * bounds.windowBytesMin, bounds.windowBytesMax);
  }

  get outstanding(): number {
    return this.#asked.size;
  }

  get outstandingBytes(): number {
    return this.#bytes;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Bytes a second; undefined until it was measured. */
  get speed(): number | undefined {
    return this.#speed;
  }

  /** Once full, there is room when a quarter is free again: wants go out in bunches. */
  get hasRoom(): boolean {
    const { outstandingWantsMax } = this.#bounds;
    const share = this.#isFull ? 0.75 : 1;
    const isFull =
      this.#asked.size >= outstandingWantsMax * share || this.#bytes >= this.#limitBytes * share;
    this.#isFull = isFull;
    return !isFull;
  }

  /** Milliseconds until a block that is asked for now would be here. */
  timeFor(bytes: number): number {
    return ((this.#bytes + bytes) * 1000) / (this.#speed ?? speedUnknown);
  }

  ask(key: BlockKey, bytes: number, now: number): void {
    if (this.#asked.size === 0) this.#measured = { since: now, bytes: 0 };
    this.drop(key);
    this.#asked.set(key, { at: now, bytes });
    this.#bytes += bytes;
  }

  /** It is no longer asked for it. */
  drop(key: BlockKey): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    this.#bytes -= asked.bytes;
  }

  /** The peer sent a block that was wanted. */
  got(key: BlockKey, bytes: number, now: number): void {
    const asked = this.#asked.get(key);
    this.drop(key);
    this.lastBlockAt = now;
    if (asked !== undefined) this.#noteDelay(now - asked.at, now);
    this.#measure(bytes, now);
  }

  /** Nothing comes any more: starts small again. */
  collapse(): void {
    this.#limitBytes = this.#bounds.windowBytesMin;
  }

  /** How long it may send nothing of what it was asked for. */
  get patienceMs(): number {
    const { stallMs, stallMinMs, stallMaxMs } = this.#bounds;
    if (this.#usualMs === undefined) return stallMs;
    const ms = Math.max(4 * Math.max(this.#usualMs, this.timeFor(0)), stallMinMs);
    return Math.min(ms, stallMaxMs);
  }

  #noteDelay(tookMs: number, now: number): void {
    const usual = this.#usualMs ?? tookMs;
    this.#usualMs = usual + (tookMs - usual) / 8;
    const isOld = now - this.#quickestAt > quickestForMs;
    if (!isOld && tookMs > this.#quickestMs) return;
    this.#quickestMs = Math.max(tookMs, 1);
    this.#quickestAt = now;
  }

  #measure(bytes: number, now: number): void {
    this.#measured.bytes += bytes;
    const ms = now - this.#measured.since;
    if (ms < measureMs) return;
    const speed = (this.#measured.bytes * 1000) / ms;
    this.#speed = this.#speed === undefined ? speed : this.#speed + newest * (speed - this.#speed);
    this.#measured = { since: now, bytes: 0 };
    this.#adapt();
  }

  /** Twice what is under way at its speed, so that it can show more of it, and a bit for what it does meanwhile. */
  #adapt(): void {
    const { windowBytesMin, windowBytesMax } = this.#bounds;
    const speed = this.#speed ?? speedUnknown;
    const bytes = (2 * speed * this.#quickestMs) / 1000 + Math.min(speed / 2, spareBytesMax);
    this.#limitBytes = Math.min(Math.max(bytes, windowBytesMin), windowBytesMax);
  }
}
