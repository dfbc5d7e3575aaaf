import { CodedError } from "#lib";

/** Another process, or another store of this one, has the data folder. */
export class FolderLockedError extends CodedError {
  override readonly code = "FOLDER_LOCKED";
  override readonly kind = "operator";
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(`cannot open ${folder}: another process is using it`, { cause });
    this.folder = folder;
  }
}

/** The data folder was written by a newer program. Nothing in it was changed. */
export class FolderFormatError extends CodedError {
  override readonly code = "FOLDER_FORMAT";
  override readonly kind = "operator";
  readonly folder: string;
  readonly foundVersion: number;
  readonly supportedVersion: number;

  constructor(folder: string, found: number, supported: number) {
    super(
      `cannot open ${folder}: it has format ${found}, this program knows formats to ${supported}`,
    );
    this.folder = folder;
    this.foundVersion = found;
    this.supportedVersion = supported;
  }
}

/** The data folder keeps its blocks with the other engine. */
export class FolderEngineError extends CodedError {
  override readonly code = "FOLDER_ENGINE";
  override readonly kind = "operator";

  constructor(folder: string, found: string, wanted: string) {
    super(
      `cannot open ${folder} with the engine "${wanted}": its blocks were stored by "${found}"`,
    );
  }
}

/** Too little room on the disk, or the configured maximum is reached. Reading goes on. */
export class StorageFullError extends CodedError {
  override readonly code = "STORAGE_FULL";
  override readonly kind = "environment";
  override readonly isRetryable = true;
  readonly freeBytes: number;
  readonly neededBytes: number;

  constructor(freeBytes: number, neededBytes: number, cause?: unknown) {
    super(`storage is full: ${freeBytes} bytes free, ${neededBytes} needed`, { cause });
    this.freeBytes = freeBytes;
    this.neededBytes = neededBytes;
  }
}

/** The disk refused a write or a sync for another reason than space. Nothing of it was acknowledged. */
export class StorageWriteError extends CodedError {
  override readonly code = "STORAGE_WRITE";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(attempt: string, cause: unknown) {
    super(`cannot ${attempt}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** A block that the index knows cannot be read: its segment is missing or too short. */
export class StorageDamagedError extends CodedError {
  override readonly code = "STORAGE_DAMAGED";
  override readonly kind = "operator";
  readonly segment: string;

  constructor(segment: string, cid: string, cause?: unknown) {
    super(`cannot read ${cid} from ${segment}: the segment is missing or too short`, { cause });
    this.segment = segment;
  }
}

/** Only one collection can run at a time. */
export class CollectionRunningError extends CodedError {
  override readonly code = "COLLECTION_RUNNING";
  override readonly kind = "caller";

  constructor() {
    super("cannot begin a collection: another one is running");
  }
}

/** The store, or the writer, was closed before. */
export class StorageClosedError extends CodedError {
  override readonly code = "STORAGE_CLOSED";
  override readonly kind = "bug";

  constructor(what: string) {
    super(`cannot use the ${what}: it is closed`);
  }
}
