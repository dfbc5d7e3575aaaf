// Goal: --loglevel, --debug and GOLOG_* say what is logged, how and where, as go-log 2.9 and ipfs-cluster-service 1.1.6
// do. Method: the parts alone, and a log opened on a temporary folder with a clock that stands still.

import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type LogEntry, type Logger, named, systemClock } from "#lib";
import { makeTempFolder } from "#test/temp-folder";

import { InvalidLogError } from "../../../src/peer/errors.ts";
import { formatEntry, type FormatOptions } from "../../../src/peer/logging/log-format.ts";
import { limitsOf, parseLevels } from "../../../src/peer/logging/log-levels.ts";
import { type LogOptions, openLog } from "../../../src/peer/logging/open-log.ts";

const timeMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const clock = { ...systemClock, now: () => timeMs };

const entry: LogEntry = {
  timeMs,
  level: "warn",
  component: "cluster",
  sentence: "a pin failed",
  fields: { cid: "Qm", error: new Error("no"), attempt: 2 },
};
const plain: FormatOptions = {
  format: "go",
  isColored: false,
  labels: {},
  offsetMinutes: () => 0,
};

test("lines of Go's program have its columns", () => {
  expect(formatEntry(entry, plain)).toBe(
    '2026-01-02T03:04:05.678Z\tWARN\tcluster\tpinfold\ta pin failed\t{"cid": "Qm", "error": "no", "attempt": 2}',
  );
  expect(formatEntry({ ...entry, fields: {} }, { ...plain, offsetMinutes: () => -330 })).toBe(
    "2026-01-02T08:34:05.678+0530\tWARN\tcluster\tpinfold\ta pin failed",
  );
});

test("the level alone is coloured", () => {
  const line = formatEntry({ ...entry, fields: {} }, { ...plain, isColored: true });
  expect(line).toContain("\t\u001B[33mWARN\u001B[0m\tcluster\t");
});

test("JSON lines hold the labels and the fields", () => {
  const line = formatEntry(entry, { ...plain, format: "json", labels: { app: "x" } });
  expect(JSON.parse(line)).toEqual({
    level: "warn",
    ts: "2026-01-02T03:04:05.678Z",
    logger: "cluster",
    caller: "pinfold",
    msg: "a pin failed",
    app: "x",
    cid: "Qm",
    error: "no",
    attempt: 2,
  });
});

test("our own lines name the component before the sentence", () => {
  expect(formatEntry(entry, { ...plain, format: "own" })).toBe(
    '2026-01-02T03:04:05.678Z WARN cluster: a pin failed cid=Qm error="no" attempt=2',
  );
});

const nothing = parseLevels("", ":");

test("a list of levels has one for all and others for components", () => {
  const flag = parseLevels("warn,cluster:debug, restapi:CRITICAL", ":");
  const limitOf = limitsOf({ flag, environment: nothing, fallback: "info" });
  expect(["cluster", "restapi", "store", ""].map(limitOf)).toEqual([
    "debug",
    "none",
    "warn",
    "warn",
  ]);
});

test("the flag goes before the variable, and what names a component before what is for all", () => {
  const limitOf = limitsOf({
    flag: parseLevels("warn,a:error", ":"),
    environment: parseLevels("debug,a=debug,b=debug", "="),
    fallback: "info",
  });
  expect(["a", "b", "c"].map(limitOf)).toEqual(["error", "debug", "warn"]);
});

test("a program's own components are not silenced by a variable that is for all", () => {
  const limitOf = limitsOf({
    flag: nothing,
    environment: parseLevels("error,crdt=debug", "="),
    fallback: "info",
    isOwn: (component) => component !== "store",
  });
  expect(["cluster", "crdt", "store"].map(limitOf)).toEqual(["info", "debug", "error"]);
});

test("--debug shows everything", () => {
  const flag = parseLevels("error,a:error", ":");
  expect(limitsOf({ isDebug: true, flag, environment: nothing, fallback: "info" })("a")).toBe(
    "debug",
  );
});

test("entries that say nothing are told", () => {
  expect(parseLevels("a:b:c,loud,inof", ":").problems).toEqual([
    { entry: "a:b:c", problem: "expected COMPONENT:LEVEL", isMalformed: true },
    { entry: "loud", problem: 'unrecognized level: "loud"', isMalformed: false },
    {
      entry: "inof",
      problem: 'unrecognized level: "inof" (did you mean info?)',
      isMalformed: false,
    },
  ]);
});

function open(environment: Record<string, string>, options: Partial<LogOptions> = {}) {
  const [stdout, stderr]: string[][] = [[], []];
  const log = openLog(
    {
      environment,
      style: "go",
      stdout: (text) => stdout?.push(text),
      stderr: (text) => stderr?.push(text),
      isTerminal: { stdout: false, stderr: false },
      ...options,
    },
    clock,
  );
  return { log, stdout, stderr };
}

function sayAll(logger: Logger): void {
  named(logger, "cluster").info("one");
  named(logger, "cluster").debug("two");
}

test("lines go to stderr, and with GOLOG_FILE to the file instead", () => {
  using folder = makeTempFolder();
  const path = join(folder.path, "log");
  const plainly = open({});
  sayAll(plainly.log.logger);
  expect(plainly.stderr).toHaveLength(1);
  for (const round of [1, 2]) {
    const { log, stderr, stdout } = open({ GOLOG_FILE: path, GOLOG_LOG_LEVEL: "debug" });
    sayAll(log.logger);
    log[Symbol.dispose]();
    expect([...(stderr ?? []), ...(stdout ?? [])]).toEqual([]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2 * round + 1);
  }
});

test("GOLOG_OUTPUT adds stdout and stderr to the file", () => {
  using folder = makeTempFolder();
  const path = join(folder.path, "log");
  const { log, stdout, stderr } = open({ GOLOG_FILE: path, GOLOG_OUTPUT: "stdout+stderr+file" });
  sayAll(log.logger);
  log[Symbol.dispose]();
  expect(stdout).toEqual(stderr);
  expect(stdout?.join("")).toBe(readFileSync(path, "utf8"));
});

test("a file that cannot be written is an error that names its variable", () => {
  expect(() => open({ GOLOG_FILE: "/nowhere/at/all" })).toThrow(/^GOLOG_FILE: /);
  expect(() => open({ GOLOG_URL: "file:///nowhere/at/all" })).toThrow(InvalidLogError);
  expect(() => open({ GOLOG_URL: "file://log" })).toThrow(InvalidLogError);
});

test("what is logged after the end goes nowhere, also when another file has the number by then", () => {
  using folder = makeTempFolder();
  const { log } = open({ GOLOG_URL: pathToFileURL(join(folder.path, "log")).href });
  log[Symbol.dispose]();
  const other = join(folder.path, "other");
  const file = openSync(other, "w");
  sayAll(log.logger);
  log[Symbol.dispose]();
  closeSync(file);
  expect(readFileSync(other, "utf8")).toBe("");
});

function first(variables: Record<string, string>, options: Partial<LogOptions> = {}): string {
  const { log, stderr } = open(variables, options);
  sayAll(log.logger);
  return stderr?.[0] ?? "";
}

test("GOLOG_LOG_FMT decides, else whether a terminal reads", () => {
  const terminal = { isTerminal: { stdout: false, stderr: true } };
  expect(first({})).toContain("\tINFO\t");
  expect(first({}, terminal)).toContain("\u001B[34mINFO\u001B[0m");
  expect(first({ GOLOG_LOG_FMT: "nocolor" }, terminal)).toContain("\tINFO\t");
  expect(first({ GOLOG_LOG_FMT: "color" })).toContain("\u001B[34m");
  expect(first({ GOLOG_LOG_FMT: "json" }, terminal)).toStartWith('{"level":"info"');
  expect(first({ GOLOG_LOG_FMT: "json" }, { style: "own" })).toStartWith('{"level":"info"');
  expect(first({}, { ...terminal, style: "own" })).toBe(
    "2026-01-02T03:04:05.678Z INFO cluster: one\n",
  );
});

test("labels are in every line, and wishes that cannot be followed are told", () => {
  const { log, stderr } = open({
    GOLOG_LOG_FMT: "xml",
    GOLOG_LOG_LABELS: "app=example,odd",
    GOLOG_OUTPUT: "file",
    GOLOG_LOG_LEVEL: "loud",
  });
  sayAll(log.logger);
  expect(stderr?.[0]).toEndWith('\tone\t{"app": "example"}\n');
  expect(log.problems).toEqual([
    'error setting log level "loud": unrecognized level: "loud"',
    "GOLOG_OUTPUT: GOLOG_FILE is not set",
    "ignoring unrecognized log format 'xml'",
    "invalid label k=v: odd",
  ]);
});
