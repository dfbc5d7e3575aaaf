// The built executable, alone in an empty folder, run as a person would run it.

import { spawn } from "node:child_process";
import { constants, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { projectFolder } from "./source-files.ts";
import { makeTempFolder } from "./temp-folder.ts";

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Daemon {
  readonly pid: number;
  /** `run/addresses.json`. */
  readonly addresses: Readonly<Record<"rest" | "rpc" | "gateway", string>>;
  /** What stdout said so far. */
  readonly lines: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<Result>;
}

interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface BlackBox extends AsyncDisposable {
  /** Where the executable lies and runs. */
  readonly folder: string;
  readonly data: string;
  path(...names: string[]): string;
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Starts a daemon on the data folder and waits until it says `ready`. */
  start(args?: readonly string[], options?: RunOptions): Promise<Daemon>;
}

const patienceMs = 30_000;

/** Copies the executable into a folder of its own; everything is ended and gone with the scope. */
export function openBlackBox(): BlackBox {
  const built = resolve(process.env["PINFOLD_EXECUTABLE"] ?? join(projectFolder, "dist/pinfold"));
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`bun run build\``);
  const folder = makeTempFolder();
  const executable = join(folder.path, "pinfold");
  const data = join(folder.path, "data");
  const home = join(folder.path, "home");
  mkdirSync(home);
  copyFileSync(built, executable, constants.COPYFILE_FICLONE);
  const daemons: Daemon[] = [];
  const spawnOne = (args: readonly string[], options: RunOptions) =>
    spawn(executable, args, {
      cwd: options.cwd ?? folder.path,
      env: { HOME: home, PINFOLD_PATH: data, ...options.env },
      stdio: "pipe",
    });
  return {
    folder: folder.path,
    data,
    path: (...names) => join(folder.path, ...names),
    run: (args, options = {}) => collect(spawnOne(args, options), options.stdin),
    start: async (args = [], options = {}) => {
      const daemon = await untilReady(spawnOne(["daemon", ...args], options), data);
      daemons.push(daemon);
      return daemon;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(daemons.map((daemon) => daemon.stop("SIGKILL")));
      folder[Symbol.dispose]();
    },
  };
}

type Child = ReturnType<typeof spawn>;

function collect(child: Child, stdin?: string | Uint8Array): Promise<Result> {
  const [stdout, stderr] = [gather(child, "stdout"), gather(child, "stderr")];
  child.stdin?.on("error", () => undefined); // it may end before it has read everything
  child.stdin?.end(stdin);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout: stdout(), stderr: stderr() }));
  });
}

function gather(child: Child, name: "stdout" | "stderr"): () => string {
  const parts: Buffer[] = [];
  child[name]?.on("data", (bytes: Buffer) => parts.push(bytes));
  return () => Buffer.concat(parts).toString();
}

async function untilReady(child: Child, data: string): Promise<Daemon> {
  const output = gather(child, "stdout");
  const result = collect(child);
  const ready = new Promise<void>((done) => {
    child.stdout?.on("data", () => {
      if (/^ready$/m.test(output())) done();
    });
  });
  const failed = result.then(({ code, stderr }) => {
    throw new Error(`the daemon exited with ${code} before it was ready: ${stderr}`);
  });
  // whoever stops it later takes the result; here only an early end matters
  failed.catch(() => undefined);
  await within(Promise.race([ready, failed]), "the daemon's ready");
  return {
    pid: child.pid ?? 0,
    addresses: JSON.parse(readFileSync(join(data, "run", "addresses.json"), "utf8")),
    get lines() {
      return output().trimEnd().split("\n");
    },
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return within(result, "the daemon's end");
    },
  };
}

/** Fails with a name instead of hanging. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`waited ${patienceMs} ms for ${what}`)),
    patienceMs,
  );
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body of a URL. */
export async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.bytes();
}
