import { CodedError, codeOf } from "#lib";

/** Something that an operator wrote and that cannot be used. */
abstract class WrittenWrongError extends CodedError {
  override readonly kind = "operator";
  /** The file, key or variable that holds it. */
  readonly place: string;
  readonly problem: string;
  /** What IPFS Cluster says of it; without: the message. */
  readonly goMessage: string | undefined;

  constructor(
    place: string,
    problem: string,
    options: ErrorOptions & { readonly goMessage?: string | undefined } = {},
  ) {
    super(`${place}: ${problem}`, options);
    this.place = place;
    this.problem = problem;
    this.goMessage = options.goMessage;
  }
}

/** A setting that cannot be used. */
export class InvalidConfigError extends WrittenWrongError {
  override readonly code = "INVALID_CONFIG";
}

/** An identity file whose key cannot be read, or does not belong to its id. */
export class InvalidIdentityError extends WrittenWrongError {
  override readonly code = "INVALID_IDENTITY";
}

/** A folder that was never initialised. */
export class NotInitializedError extends CodedError {
  override readonly code = "NOT_INITIALIZED";
  override readonly kind = "operator";
  readonly path: string;

  constructor(path: string, missing: string) {
    super(`${path} has no ${missing}: run \`pinfold init\`, or start the daemon with --init`);
    this.path = path;
  }
}

/** An `init` of a folder that has a configuration already. */
export class AlreadyInitializedError extends CodedError {
  override readonly code = "ALREADY_INITIALIZED";
  override readonly kind = "operator";
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already and was not changed`);
    this.path = path;
  }
}

/** A folder with a pinset of the Go program and none of ours. */
export class GoStateError extends CodedError {
  override readonly code = "GO_STATE";
  override readonly kind = "operator";
  readonly folder: string;
  readonly found: { readonly kind: string; readonly path: string };

  constructor(folder: string, found: { readonly kind: string; readonly path: string }) {
    const lines = [
      `${folder} holds a pinset of the Go program (${found.kind}, in ${found.path}) and none of ours. Bring it over with`,
      `    ipfs-cluster-service --config ${folder} state export --file state.json    (the Go program)`,
      `    pinfold --data ${folder} state import state.json`,
      "or begin without it: --empty-state",
    ];
    super(lines.join("\n"));
    this.folder = folder;
    this.found = found;
  }
}

/** A peer of a raft cluster of several. */
export class RaftPeersError extends CodedError {
  override readonly code = "RAFT_PEERS";
  override readonly kind = "operator";
  readonly folder: string;
  readonly others: readonly string[];

  constructor(folder: string, others: readonly string[]) {
    const lines = [
      `${folder} belongs to a raft cluster of ${others.length + 1} peers, and there is no raft here. To go on with CRDT:`,
      `    ipfs-cluster-service --config ${folder} state export --file state.json    (the Go program, on one peer)`,
      `    ipfs-cluster-service --config FOLDER init --consensus crdt --force    (on every peer, then give all the same cluster.secret)`,
      `    pinfold --data FOLDER state import state.json    (on that one peer)`,
    ];
    super(lines.join("\n"));
    this.folder = folder;
    this.others = others;
  }
}

/** A step of an initialisation that failed, in IPFS Cluster's words. */
export class InitStepError extends CodedError {
  override readonly code = "INIT_STEP";
  override readonly kind = "operator";
  readonly doing: string;
  readonly problem: string;

  constructor(doing: string, problem: string, options?: ErrorOptions) {
    super(`${doing}: ${problem}`, options);
    this.doing = doing;
    this.problem = problem;
  }
}

/** A profile name that is not one. */
export class UnknownProfileError extends CodedError {
  override readonly code = "UNKNOWN_PROFILE";
  override readonly kind = "operator";
  readonly profile: string;

  constructor(profile: string, names: readonly string[]) {
    super(`unknown profile "${profile}": expected one of ${names.join(", ")}`);
    this.profile = profile;
  }
}

/** A listener's address that cannot be had, named with the configuration key that asks for it. */
export class ListenError extends CodedError {
  override readonly code = "LISTEN_FAILED";
  override readonly kind = "operator";
  readonly address: string;
  readonly key: string;

  constructor(address: string, key: string, cause: Error) {
    super(`cannot listen on ${address} (${key}): ${reasonOf(cause)}`, { cause });
    this.address = address;
    this.key = key;
  }
}

/** Another process has the data folder. */
export class FolderInUseError extends CodedError {
  override readonly code = "FOLDER_IN_USE";
  override readonly kind = "operator";
  readonly folder: string;
  readonly pid: number;

  constructor(folder: string, pid: number, cause?: Error) {
    super(`cannot open ${folder}: another process is using it, the peer with process id ${pid}`, {
      cause,
    });
    this.folder = folder;
    this.pid = pid;
  }
}

/** A content path that needs a name system which this peer does not have. */
export class UnsupportedNamespaceError extends CodedError {
  override readonly code = "UNSUPPORTED_NAMESPACE";
  override readonly kind = "caller";
  readonly path: string;

  constructor(path: string) {
    super(`cannot resolve ${path}: names are not supported yet, only /ipfs/ and /ipld/ paths`);
    this.path = path;
  }
}

/** A certificate or its key that cannot be used. */
export class TlsFilesError extends CodedError {
  override readonly code = "TLS_FILES";
  override readonly kind = "operator";
  readonly path: string;
  readonly setting: string;

  constructor(
    file: { readonly setting: string; readonly path: string },
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file.setting}: cannot use ${file.path}: ${problem}`, options);
    this.setting = file.setting;
    this.path = file.path;
  }
}

/** An access log that cannot be written. */
export class AccessLogError extends CodedError {
  override readonly code = "ACCESS_LOG";
  override readonly kind = "operator";
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`cannot write the access log ${path}: ${problem}`, options);
    this.path = path;
  }
}

/** A log that cannot be opened. */
export class InvalidLogError extends CodedError {
  override readonly code = "INVALID_LOG";
  override readonly kind = "operator";
  readonly path: string;

  constructor(setting: string, path: string, cause: Error) {
    super(`${setting}: cannot write the log ${path}: ${reasonOf(cause)}`, { cause });
    this.path = path;
  }
}

function reasonOf(cause: Error): string {
  const code = codeOf(cause);
  if (code === "EADDRINUSE") return "the address is already in use";
  if (code === "EACCES") return "permission denied";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address";
  return cause.message;
}
