import { spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";

import type { BlackBox } from "./black-box.ts";

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A daemon of the program; `log` grows. */
interface Daemon {
  readonly log: string;
  readonly result: Promise<Result>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the log, or what it printed, has the text. */
  until(text: string): Promise<void>;
}

export interface ServiceProgram {
  run(args: readonly string[], options?: Options): Promise<Result>;
  daemon(args?: readonly string[], options?: Options): Daemon;
}

const patienceMs = 20_000;

/** The executable called `ipfs-cluster-service`, on the folder `cluster` of the box. */
export function serviceProgram(box: BlackBox): ServiceProgram {
  mkdirSync(box.path("bin"), { recursive: true });
  const path = box.path("bin", "ipfs-cluster-service");
  symlinkSync(box.path("pinfold"), path);
  const start = (args: readonly string[], options: Options) => {
    const child = spawn(path, args, {
      cwd: box.folder,
      env: { HOME: box.path("home"), IPFS_CLUSTER_PATH: box.path("cluster"), ...options.env },
      stdio: "pipe",
    });
    const texts = { stdout: "", stderr: "" };
    child.stdout.on("data", (bytes: Buffer) => (texts.stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (texts.stderr += bytes.toString()));
    child.stdin.on("error", () => undefined); // it may end before it has read everything
    child.stdin.end(options.stdin ?? "");
    const result = new Promise<Result>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...texts }));
    });
    return { child, texts, result };
  };
  return {
    run: (args, options = {}) => start(args, options).result,
    daemon: (args = [], options = {}) => {
      const { child, texts, result } = start([...args, "daemon"], options);
      return {
        get log() {
          return texts.stdout + texts.stderr;
        },
        result,
        kill: (signal) => void child.kill(signal),
        until: (text) => until(() => texts.stdout + texts.stderr, text, { child, result }),
      };
    },
  };
}

async function until(
  said: () => string,
  text: string,
  { child, result }: { readonly child: ReturnType<typeof spawn>; readonly result: Promise<Result> },
): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const look = (): void => {
    if (said().includes(text)) heard.resolve();
  };
  child.stdout?.on("data", look);
  child.stderr?.on("data", look);
  look();
  const timer = setTimeout(
    () => heard.reject(new Error(`never said ${text}: ${said()}`)),
    patienceMs,
  );
  const ended = result.then(({ code }) => {
    throw new Error(`ended with ${code} and never said ${text}: ${said()}`);
  });
  ended.catch(() => undefined); // an end after the text is none of its business
  try {
    await Promise.race([heard.promise, ended]);
  } finally {
    clearTimeout(timer);
    child.stdout?.off("data", look);
    child.stderr?.off("data", look);
  }
}
