// Lines as go-log writes them (zap's console and JSON encoders), for programs that are called by IPFS Cluster's names.

import { formatLogEntry, type LogEntry, type LogFields, type LogLevel } from "#lib";

export interface FormatOptions {
  readonly format: "own" | "go" | "json";
  readonly isColored: boolean;
  /** Put into every line. */
  readonly labels: LogFields;
  /** Minutes that local time is behind UTC, as Date's `getTimezoneOffset`. */
  readonly offsetMinutes: (timeMs: number) => number;
}

/** Makes a line, without its end. */
export function formatEntry(entry: LogEntry, options: FormatOptions): string {
  const labelled = { ...entry, fields: { ...options.labels, ...entry.fields } };
  if (options.format === "json") return jsonLine(labelled, options);
  if (options.format === "go") return goLine(labelled, options);
  return colored(formatLogEntry(labelled), entry.level, options.isColored);
}

/** Where in Go's program a line comes from has no meaning here, but readers count the columns. */
const caller = "pinfold";

function goLine(entry: LogEntry, options: FormatOptions): string {
  const { component, level, sentence, fields } = entry;
  const columns = [
    goTime(entry.timeMs, options),
    colored(level.toUpperCase(), level, options.isColored),
    ...(component === "" ? [] : [component]),
    caller,
    sentence,
    ...(Object.keys(fields).length === 0 ? [] : [spacedJson(fields)]),
  ];
  return columns.join("\t");
}

function jsonLine(entry: LogEntry, options: FormatOptions): string {
  return JSON.stringify({
    level: entry.level,
    ts: goTime(entry.timeMs, options),
    ...(entry.component === "" ? {} : { logger: entry.component }),
    caller,
    msg: entry.sentence,
    ...plainFields(entry.fields),
  });
}

/** `2026-01-02T03:04:05.678+0100`, or with Z for UTC. */
function goTime(timeMs: number, { offsetMinutes }: FormatOptions): string {
  const behind = offsetMinutes(timeMs);
  if (behind === 0) return new Date(timeMs).toISOString();
  const local = new Date(timeMs - behind * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(behind);
  const hours = String(Math.floor(size / 60)).padStart(2, "0");
  return `${local}${behind > 0 ? "-" : "+"}${hours}${String(size % 60).padStart(2, "0")}`;
}

/** As zap spaces it: `{"a": 1, "b": "c"}`. */
function spacedJson(fields: LogFields): string {
  const entries = Object.entries(plainFields(fields));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(", ")}}`;
}

function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? value.message : (value ?? null),
    ]),
  );
}

const colors: Readonly<Record<LogLevel, number>> = { debug: 35, info: 34, warn: 33, error: 31 };

function colored(text: string, level: LogLevel, isColored: boolean): string {
  if (!isColored) return text;
  return text.replace(
    level.toUpperCase(),
    (word) => `\u001B[${String(colors[level])}m${word}\u001B[0m`,
  );
}
