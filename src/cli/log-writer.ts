/** As much of a log waits for its reader; what comes then is lost. */
const unreadMax = 1024 * 1024;

/** Stdout or stderr of the process. */
export interface LogStream {
  write(text: string): boolean;
  on(event: "drain" | "error", listener: () => void): unknown;
}

/** Writes without waiting. A reader that is slow or gone ends nothing, and does not make the memory grow without end. */
export function createLogWriter(stream: LogStream): (text: string) => void {
  let unread = 0;
  stream.on("drain", () => (unread = 0));
  stream.on("error", () => (unread = 0)); // nobody reads any more: what waited is gone
  return (text) => {
    if (unread >= unreadMax) return;
    if (!stream.write(text)) unread += text.length;
  };
}
