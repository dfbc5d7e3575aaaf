export type LogLevel = "error" | "warn" | "info" | "debug";

/** The least that is logged; with `none` nothing is. */
export type LogLimit = LogLevel | "none";

/** A constant sentence and separate fields. Nothing that a remote peer wrote above `debug`. */
export interface Logger {
  error(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  debug(sentence: string, fields?: LogFields): void;
  /** The same log in the name of a component, which may have a limit of its own. Use the function `named`. */
  named?(component: string): Logger;
}

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEntry {
  readonly timeMs: number;
  readonly level: LogLevel;
  /** Empty when it has no name. */
  readonly component: string;
  readonly sentence: string;
  readonly fields: LogFields;
}

const order: readonly LogLimit[] = ["none", "error", "warn", "info", "debug"];

/** A log whose components have limits of their own. */
export function createComponentLogger(options: {
  readonly limitOf: (component: string) => LogLimit;
  readonly write: (entry: LogEntry) => void;
  readonly now: () => number;
}): Logger {
  const of = (component: string): Logger => {
    const limit = order.indexOf(options.limitOf(component));
    const at = (level: LogLevel) => {
      if (order.indexOf(level) > limit) return () => undefined;
      return (sentence: string, fields: LogFields = {}) => {
        options.write({ timeMs: options.now(), level, component, sentence, fields });
      };
    };
    return {
      error: at("error"),
      warn: at("warn"),
      info: at("info"),
      debug: at("debug"),
      named: of,
    };
  };
  return of("");
}

/** Writes one line an entry: time, level, sentence, fields as key=value. `write` gets the line without its end. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => number;
}): Logger {
  return createComponentLogger({
    limitOf: () => options.level,
    write: (entry) => options.write(formatLogEntry(entry)),
    now: options.now,
  });
}

/** The log in the name of a component; a logger that knows no components is as good. */
export function named(logger: Logger, component: string): Logger {
  return logger.named?.(component) ?? logger;
}

export const silentLogger: Logger = createLogger({
  level: "error",
  write: () => undefined,
  now: () => 0,
});

/** `2026-01-02T03:04:05.678Z INFO cluster: pinned cid=Qm… tookMs=3` */
export function formatLogEntry({ timeMs, level, component, sentence, fields }: LogEntry): string {
  const time = new Date(timeMs).toISOString();
  const name = component === "" ? "" : `${component}: `;
  return `${time} ${level.toUpperCase()} ${name}${sentence}${formatFields(fields)}`;
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join("");
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string") return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? "undefined";
}
