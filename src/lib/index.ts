export { abortReason } from "./abort.ts";
export { systemClock, type Clock } from "./clock.ts";
export { asError, CodedError, codeOf, messageOf, type ErrorKind } from "./coded-error.ts";
export { startDeadline, type Deadline } from "./deadline.ts";
export { DigestSet } from "./digest-set.ts";
export { durationProblem, formatDuration, parseDuration } from "./duration.ts";
export { eachBounded } from "./each-bounded.ts";
export { goQuote } from "./go-quote.ts";
export { parseGoBool, parseGoInteger } from "./go-values.ts";
export { Gate, GateFullError, type GateOptions } from "./gate.ts";
export { scanJson } from "./json-scan.ts";
export { linkAborts, type LinkedAbort } from "./linked-abort.ts";
export {
  createComponentLogger,
  createLogger,
  formatLogEntry,
  named,
  silentLogger,
  type LogEntry,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogLimit,
} from "./logger.ts";
export { LruMap } from "./lru.ts";
export { Counter, type MetricFamily, MetricRegistry } from "./metric-registry.ts";
export { seldom } from "./seldom.ts";
export { freeMemory } from "./free-memory.ts";
export { guardMemory, type MemoryGuardOptions } from "./memory-guard.ts";
export { mergeSources, type SourceMaker } from "./merge-sources.ts";
export { nearest } from "./nearest.ts";
export { formatSize, parseSize } from "./size.ts";
export { knownSystemProblem, systemProblem } from "./system-problem.ts";
export { createTurn, type Turn } from "./turn.ts";
export { readAhead } from "./read-ahead.ts";
export { readJson } from "./read-json.ts";
export { type ByteStream, StreamDuplex } from "./stream-duplex.ts";
export { unmarshalProblem } from "./unmarshal-problem.ts";
export { writeAll } from "./write-all.ts";
