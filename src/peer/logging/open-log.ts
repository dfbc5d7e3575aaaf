import { closeSync, openSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { asError, type Clock, createComponentLogger, type LogFields, type Logger } from "#lib";

import type { Environment } from "../config/environment.ts";
import { InvalidLogError } from "../errors.ts";
import { formatEntry, type FormatOptions } from "./log-format.ts";
import { type LevelList, type LevelProblem, limitsOf, parseLevels } from "./log-levels.ts";

export interface LogOptions {
  readonly environment: Environment;
  /** `own`, or `go`: lines as go-log's. GOLOG_LOG_FMT=json overrules both. */
  readonly style: "own" | "go";
  /** `--debug` */
  readonly isDebug?: boolean;
  /** `--loglevel` */
  readonly levels?: string | undefined;
  /** Components that GOLOG_LOG_LEVEL turns down by name only. */
  readonly isOwn?: (component: string) => boolean;
  /** Get a line with its end. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly isTerminal: { readonly stdout: boolean; readonly stderr: boolean };
}

export interface Log extends Disposable {
  readonly logger: Logger;
  /** What of the environment's wishes could not be followed. */
  readonly problems: readonly string[];
  /** Entries of `levels` that say nothing. */
  readonly levelProblems: readonly LevelProblem[];
}

/**
 * The daemon's log. GOLOG_LOG_LEVEL, GOLOG_LOG_FMT (color, nocolor, json), GOLOG_FILE, GOLOG_OUTPUT (stdout, stderr,
 * file, joined by +), GOLOG_URL (file://…) and GOLOG_LOG_LABELS count as in go-log 2.9; IPFS_LOGGING and
 * IPFS_LOGGING_FMT as well.
 * @throws {InvalidLogError} for a file that cannot be written
 */
export function openLog(options: LogOptions, clock: Clock): Log {
  const { environment } = options;
  const problems: string[] = [];
  const flag = parseLevels(options.levels ?? "", ":");
  const wanted = parseLevels(
    environment["GOLOG_LOG_LEVEL"] || environment["IPFS_LOGGING"] || "",
    "=",
  );
  problems.push(...describeProblems(wanted));
  const sinks = openSinks(options, problems);
  const format = formatOf(options, sinks, problems);
  const logger = createComponentLogger({
    limitOf: limitsOf({
      isDebug: options.isDebug ?? false,
      flag,
      environment: wanted,
      fallback: parseLevels(environment["PINFOLD_LOG_LEVEL"] ?? "", "=").overall ?? "info",
      ...(options.isOwn === undefined ? {} : { isOwn: options.isOwn }),
    }),
    write: (entry) => {
      const line = `${formatEntry(entry, format)}\n`;
      for (const sink of sinks) sink.write(line);
    },
    now: () => clock.now(),
  });
  return {
    logger,
    problems,
    levelProblems: flag.problems,
    [Symbol.dispose]: () => {
      for (const sink of sinks) sink.close();
    },
  };
}

interface Sink {
  readonly isTerminal: boolean;
  write(line: string): void;
  close(): void;
}

function openSinks(options: LogOptions, problems: string[]): readonly Sink[] {
  const { environment, isTerminal } = options;
  const file = environment["GOLOG_FILE"] ?? "";
  const url = environment["GOLOG_URL"] ?? "";
  const outputs = (environment["GOLOG_OUTPUT"] ?? "").split("+");
  if (outputs.includes("file") && file === "") problems.push("GOLOG_OUTPUT: GOLOG_FILE is not set");
  if (outputs.includes("url") && url === "") problems.push("GOLOG_OUTPUT: GOLOG_URL is not set");
  const isNamed = outputs.includes("stdout") || outputs.includes("stderr");
  const sinks: Sink[] = [];
  // a file alone takes the place of stderr
  if (isNamed ? outputs.includes("stderr") : file === "") {
    sinks.push(streamSink(options.stderr, isTerminal.stderr));
  }
  if (outputs.includes("stdout")) sinks.push(streamSink(options.stdout, isTerminal.stdout));
  if (file !== "") sinks.push(fileSink(file, "GOLOG_FILE"));
  if (url.startsWith("file:")) sinks.push(fileSink(pathOf(url), "GOLOG_URL"));
  else if (url !== "") problems.push(`GOLOG_URL: only file:// is known, got ${url}`);
  return sinks;
}

function streamSink(write: (text: string) => void, isTerminal: boolean): Sink {
  return { isTerminal, write, close: () => undefined };
}

/** @throws {InvalidLogError} for a URL with a host, such as file://log */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new InvalidLogError("GOLOG_URL", url, asError(cause));
  }
}

/** Written at once: the last lines before an end are those that somebody looks for. */
function fileSink(path: string, variable: string): Sink {
  let file: number | undefined = openFile(path, variable);
  return {
    isTerminal: false,
    write: (line) => {
      if (file !== undefined) writeAll(file, line);
    },
    close: () => {
      // whoever logs later must not write to what has the number by then
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function openFile(path: string, variable: string): number {
  try {
    return openSync(path, "a", 0o666);
  } catch (cause) {
    throw new InvalidLogError(variable, path, asError(cause));
  }
}

/** A log that cannot be written ends nothing. */
function writeAll(file: number, line: string): void {
  try {
    writeSync(file, line);
  } catch {
    return; // a full disk: there is no place left to tell it
  }
}

function formatOf(options: LogOptions, sinks: readonly Sink[], problems: string[]): FormatOptions {
  const { environment } = options;
  const wanted = environment["GOLOG_LOG_FMT"] || environment["IPFS_LOGGING_FMT"] || "";
  const isKnown = ["", "color", "nocolor", "json"].includes(wanted);
  if (!isKnown) problems.push(`ignoring unrecognized log format '${wanted}'`);
  const isAnyTerminal = sinks.some(({ isTerminal }) => isTerminal);
  // our own lines have colours only when somebody asks for them
  const isColored =
    wanted === "color" ||
    (wanted !== "nocolor" && wanted !== "json" && options.style === "go" && isAnyTerminal);
  return {
    format: wanted === "json" ? "json" : options.style,
    isColored,
    labels: labelsOf(environment["GOLOG_LOG_LABELS"] ?? "", problems),
    offsetMinutes: (timeMs) => new Date(timeMs).getTimezoneOffset(),
  };
}

function labelsOf(text: string, problems: string[]): LogFields {
  const labels: Record<string, string> = {};
  for (const label of text.split(",").filter((part) => part !== "")) {
    const [key, value, ...rest] = label.split("=");
    if (key === undefined || value === undefined || rest.length > 0) {
      problems.push(`invalid label k=v: ${label}`);
    } else labels[key] = value;
  }
  return labels;
}

function describeProblems({ problems }: LevelList): string[] {
  return problems.map(({ entry, problem }) => `error setting log level "${entry}": ${problem}`);
}
