export type LogLevel = "error" | "warn" | "info" | "debug";

/** A constant sentence and separate fields. Nothing that a remote peer wrote above `debug`. */
export interface Logger {
  error(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  debug(sentence: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

const order: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** Writes one line an entry: time, level, sentence, fields as key=value. `write` gets the line without its end. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => number;
}): Logger {
  const limit = order.indexOf(options.level);
  const at = (level: LogLevel) => {
    if (order.indexOf(level) > limit) return () => undefined;
    return (sentence: string, fields: LogFields = {}) => {
      const time = new Date(options.now()).toISOString();
      options.write(`${time} ${level.toUpperCase()} ${sentence}${formatFields(fields)}`);
    };
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

export const silentLogger: Logger = createLogger({
  level: "error",
  write: () => undefined,
  now: () => 0,
});

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
