import type { ReadStream } from "node:tty";

import { CommandFailedError } from "./errors.ts";

const [interrupt, end, backspace, erase] = ["\u0003", "\u0004", "\u0008", "\u007f"];

/** Reads a line from a terminal without showing it. @throws {CommandFailedError} when it is broken off */
export async function readSecret(
  prompt: string,
  terminal: { readonly stdin: ReadStream; readonly warn: (text: string) => void },
): Promise<string> {
  const { stdin, warn } = terminal;
  warn(prompt);
  stdin.setRawMode(true);
  try {
    return await readLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    warn("\n");
  }
}

function readLine(stdin: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = "";
    const finish = (settle: () => void): void => {
      stdin.off("data", onData);
      settle();
    };
    const onData = (bytes: Buffer): void => {
      for (const character of bytes.toString()) {
        if (character === "\r" || character === "\n") return finish(() => resolve(line));
        if (character === interrupt || character === end) {
          return finish(() => reject(new CommandFailedError("no password was given")));
        }
        const isErased = character === backspace || character === erase;
        line = isErased ? Array.from(line).slice(0, -1).join("") : line + character;
      }
    };
    stdin.on("data", onData);
    stdin.resume();
  });
}
