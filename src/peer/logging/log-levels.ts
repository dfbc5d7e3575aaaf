import { type LogLimit, nearest } from "#lib";

/** `--loglevel info,cluster:debug` or `GOLOG_LOG_LEVEL=error,cluster=debug`, read. */
export interface LevelList {
  readonly overall: LogLimit | undefined;
  readonly components: ReadonlyMap<string, LogLimit>;
  /** Entries that say nothing, and why. */
  readonly problems: readonly LevelProblem[];
}

export interface LevelProblem {
  readonly entry: string;
  readonly problem: string;
  /** Not even of the form of an entry. */
  readonly isMalformed: boolean;
}

/** go-log's levels, and those that `ipfs-cluster-service --help` names beside them. */
const limits: Readonly<Record<string, LogLimit>> = {
  debug: "debug",
  info: "info",
  notice: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  // nothing here is worse than an error, which ends the process with a message of its own
  critical: "none",
  dpanic: "none",
  panic: "none",
  fatal: "none",
};

/** Reads a list of levels, each with its component before `separator` or for all; the last one of a name counts. */
export function parseLevels(text: string, separator: ":" | "="): LevelList {
  let overall: LogLimit | undefined;
  const components = new Map<string, LogLimit>();
  const problems: LevelProblem[] = [];
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const words = entry.split(separator);
    const limit = limitNamed(words.at(-1) ?? "");
    if (words.length > 2) {
      problems.push({ entry, problem: `expected COMPONENT${separator}LEVEL`, isMalformed: true });
    } else if (limit === undefined) {
      problems.push({ entry, problem: unknownLevel(words.at(-1) ?? ""), isMalformed: false });
    } else if (words.length === 1 || ["all", "*"].includes(words[0] ?? "")) {
      overall = limit;
    } else {
      components.set(words[0] ?? "", limit);
    }
  }
  return { overall, components, problems };
}

/** How much of which component is logged, from everything that has a say. */
export interface LevelWish {
  /** `--debug` */
  readonly isDebug?: boolean;
  /** `--loglevel` */
  readonly flag: LevelList;
  /** `GOLOG_LOG_LEVEL` */
  readonly environment: LevelList;
  /** What is logged of it when nobody says anything. */
  readonly fallback: LogLimit;
  /** Components that only the flag turns down as a whole: IPFS Cluster's own, in its program. */
  readonly isOwn?: (component: string) => boolean;
}

export function limitsOf(wish: LevelWish): (component: string) => LogLimit {
  const { isDebug = false, flag, environment, fallback, isOwn = () => false } = wish;
  if (isDebug) return () => "debug";
  return (component) =>
    flag.components.get(component) ??
    environment.components.get(component) ??
    flag.overall ??
    (isOwn(component) ? fallback : (environment.overall ?? fallback));
}

function limitNamed(name: string): LogLimit | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(limits, key) ? limits[key] : undefined;
}

function unknownLevel(name: string): string {
  const near = nearest(name, Object.keys(limits));
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  return `unrecognized level: ${JSON.stringify(name)}${hint}`;
}
