import { formatSize } from "#lib";

import type { Context } from "./command.ts";

export interface ProgressBar {
  /** Bytes so far. */
  update(bytes: number): void;
  setTotal(bytes: number): void;
  /** Takes the bar off the screen. */
  clear(): void;
}

const noBar: ProgressBar = {
  update: () => undefined,
  setTotal: () => undefined,
  clear: () => undefined,
};

const redrawMs = 100;

/** A line on stderr with rate and time left; nothing when it is not wanted. */
export function createProgressBar(
  context: Context,
  isWanted: boolean,
  now: () => number = () => performance.now(),
): ProgressBar {
  if (!isWanted) return noBar;
  const began = now();
  let drawn = -redrawMs;
  let total: number | undefined;
  return {
    update: (bytes) => {
      if (now() - drawn < redrawMs) return;
      drawn = now();
      context.warn(`\r\u001B[K${describeProgress(bytes, total, drawn - began)}`);
    },
    setTotal: (bytes) => {
      total = bytes;
    },
    clear: () => context.warn("\r\u001B[K"),
  };
}

/** `120 MB of 480 MB  25 %  60 MB/s  6 s left` */
export function describeProgress(bytes: number, total: number | undefined, ms: number): string {
  const rate = ms > 0 ? (bytes * 1000) / ms : 0;
  const parts = [formatSize(bytes)];
  const speed = `${formatSize(Math.round(rate))}/s`;
  if (total === undefined || total === 0) return [...parts, speed].join("  ");
  const share = Math.min(100, Math.floor((bytes * 100) / total));
  const left = rate > 0 ? `${formatTime(Math.max(0, total - bytes) / rate)} left` : "";
  return [`${parts[0]} of ${formatSize(total)}`, `${share} %`, speed, left].join("  ").trimEnd();
}

function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
