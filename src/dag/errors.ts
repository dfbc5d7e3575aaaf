import { CodedError } from "#lib";
import { type CID, codec } from "#model";

/** A path names a child that its parent does not have. Worded as boxo's resolver. */
export class LinkNotFoundError extends CodedError {
  override readonly code = "LINK_NOT_FOUND";
  override readonly kind = "caller";
  readonly link: string;
  readonly cid: string;

  constructor(link: string, cid: CID) {
    super(`no link named ${JSON.stringify(link)} under ${cid.toString()}`);
    this.link = link;
    this.cid = cid.toString();
  }
}

/** A block that its codec cannot read, or whose codec is not known here. */
export class UndecodableBlockError extends CodedError {
  override readonly code = "UNDECODABLE_BLOCK";
  override readonly kind = "caller";
  readonly cid: string;
  readonly codec: number;

  constructor(cid: CID, reason: string) {
    super(`cannot decode block ${cid.toString()} as ${codecName(cid.code)}: ${reason}`);
    this.cid = cid.toString();
    this.codec = cid.code;
  }
}

/** Content that is no UnixFS file, directory or symlink. */
export class NotUnixFsError extends CodedError {
  override readonly code = "NOT_UNIXFS";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: CID, reason: string) {
    super(`${cid.toString()} is no UnixFS node: ${reason}`);
    this.cid = cid.toString();
  }
}

/** A directory where a file is wanted. Worded as Kubo's `cat`. */
export class IsDirectoryError extends CodedError {
  override readonly code = "IS_DIRECTORY";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: CID) {
    super("this dag node is a directory");
    this.cid = cid.toString();
  }
}

/** A file or symlink where a directory is wanted. */
export class NotDirectoryError extends CodedError {
  override readonly code = "NOT_DIRECTORY";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: CID) {
    super(`${cid.toString()} is no directory`);
    this.cid = cid.toString();
  }
}

/** Blocks that decode but contradict each other: a child longer than announced, a shard in the wrong place. */
export class DamagedDagError extends CodedError {
  override readonly code = "DAMAGED_DAG";
  override readonly kind = "caller";
  readonly cid: string;

  constructor(cid: CID, reason: string) {
    super(`damaged DAG at ${cid.toString()}: ${reason}`);
    this.cid = cid.toString();
  }
}

/** What ends a CAR before its time or does not belong there. Messages as go-car's. */
export class DamagedCarError extends CodedError {
  override readonly code = "DAMAGED_CAR";
  override readonly kind = "caller";
  /** Where the header or section starts, in bytes from the beginning of the CAR. */
  readonly offset: number;
  /** The block that is at fault, when it is known. */
  readonly cid: string | undefined;
  /** The last block that was whole; undefined in front of the first. */
  readonly after: string | undefined;

  constructor(
    reason: string,
    at: {
      readonly offset: number;
      readonly cid?: CID | undefined;
      readonly after?: CID | undefined;
    },
  ) {
    super(reason);
    this.offset = at.offset;
    this.cid = at.cid?.toString();
    this.after = at.after?.toString();
  }
}

/** A directory entry that would be unpacked outside of the folder it belongs to. */
export class UnsafeEntryError extends CodedError {
  override readonly code = "UNSAFE_ENTRY";
  override readonly kind = "caller";
  readonly entry: string;

  constructor(entry: string) {
    super(`entry ${JSON.stringify(entry)} leaves the archive's root; export it as CAR instead`);
    this.entry = entry;
  }
}

/** An option of an import that cannot be, alone or with the others. `message` is Kubo's. */
export class ImportOptionError extends CodedError {
  override readonly code = "IMPORT_OPTION";
  override readonly kind = "caller";
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/** A hash function that blocks cannot have. `message` is Kubo's. */
export class UnusableHashError extends CodedError {
  override readonly code = "UNUSABLE_HASH";
  override readonly kind = "caller";
  readonly hash: string;

  constructor(hash: string, message: string) {
    super(message);
    this.hash = hash;
  }
}

/** Two entries of an import with one name in one directory. Worded as boxo's MFS. */
export class DuplicateEntryError extends CodedError {
  override readonly code = "DUPLICATE_ENTRY";
  override readonly kind = "caller";
  readonly path: string;

  constructor(path: string) {
    super("directory already has entry by that name");
    this.path = path;
  }
}

/** An entry of an import below something that is a file already. Worded as boxo's MFS. */
export class ParentIsFileError extends CodedError {
  override readonly code = "PARENT_IS_FILE";
  override readonly kind = "caller";
  readonly path: string;

  constructor(path: string) {
    super("file already exists");
    this.path = path;
  }
}

/** A block that would be larger than a block may be. Worded as boxo. */
export class BlockTooLargeError extends CodedError {
  override readonly code = "BLOCK_TOO_LARGE";
  override readonly kind = "caller";
  readonly sizeBytes: number;

  constructor(sizeBytes: number, message: string) {
    super(message);
    this.sizeBytes = sizeBytes;
  }
}

/** Names that share all 64 bits of their hash. Worded as boxo's HAMT. */
export class ShardTooDeepError extends CodedError {
  override readonly code = "SHARD_TOO_DEEP";
  override readonly kind = "caller";

  constructor() {
    super("sharded directory too deep");
  }
}

function codecName(code: number): string {
  const known = Object.entries(codecNames).find(([, number]) => number === code);
  return known?.[0] ?? `codec 0x${code.toString(16)}`;
}

const codecNames = {
  raw: codec.raw,
  "dag-pb": codec.dagPb,
  "dag-cbor": codec.dagCbor,
  "libp2p-key": codec.libp2pKey,
  "dag-json": codec.dagJson,
  json: codec.json,
  cbor: codec.cbor,
} as const;
