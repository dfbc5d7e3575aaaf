import { CodedError } from "#lib";

/** A body that is no multipart message, or breaks a limit. Messages follow Go's mime/multipart, which clients see through Kubo. */
export class MultipartError extends CodedError {
  override readonly code = "MULTIPART";
  override readonly kind = "caller";
}
