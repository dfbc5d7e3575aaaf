import { CodedError } from "#lib";

/** What a URL should have answered did not come. */
export class DownloadError extends CodedError {
  override readonly code = "DOWNLOAD";
  override readonly kind = "environment";
}
